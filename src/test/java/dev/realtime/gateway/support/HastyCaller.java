package dev.realtime.gateway.support;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A backend that calls the server API and gives up before the answer comes. */
public final class HastyCaller {

  private HastyCaller() {}

  /** Sends a whole call, and ends the connection after so long. */
  public static void call(
      TestGateway gateway, String method, String path, String json, long patienceMillis) {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    String head =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "
            + TestGateway.serviceToken()
            + "\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      out.write(body);
      out.flush();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(patienceMillis));
    } catch (IOException busy) {
      throw new IllegalStateException(busy);
    }
  }
}
