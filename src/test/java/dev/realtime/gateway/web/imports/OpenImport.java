package dev.realtime.gateway.web.imports;

import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.TestGateway;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** An import that has said some lines and is about to say more. Closed, it breaks off. */
final class OpenImport implements AutoCloseable {

  private static final String PATH = "/api/v1/chats:import";
  private static final int PATIENCE_MS = 30_000;

  private final Socket socket;

  OpenImport(TestGateway gateway, List<String> lines) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
    socket.setSoTimeout(PATIENCE_MS);
    OutputStream out = socket.getOutputStream();
    out.write(
        ("POST "
                + PATH
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                + "Authorization: Bearer "
                + TestGateway.serviceToken()
                + "\r\nContent-Length: 10000000\r\n\r\n"
                + String.join("\n", lines)
                + "\n")
            .getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** An import from its first line to its last. */
  static ApiCalls.Answer whole(TestGateway gateway, String... lines) {
    return ApiCalls.to(gateway)
        .call("POST", PATH, String.join("\n", lines), "Content-Type", "application/x-ndjson");
  }

  /** The first line of the answer, which comes before the import has ended. */
  String status() throws IOException {
    var answer = new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8);
    String line = new BufferedReader(answer).readLine();
    return line == null ? "nothing" : line;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
