package dev.realtime.gateway.client;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A WebSocket server of one connection whose every step the test dictates. */
final class TinyGateway implements AutoCloseable {

  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  /** What the server does with its connection. */
  interface Script {
    void run(Peer peer) throws IOException;
  }

  private final ServerSocket server;
  private final CompletableFuture<String> request = new CompletableFuture<>();

  TinyGateway(Script script) throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(() -> serve(script));
  }

  URI uri() {
    return URI.create("ws://127.0.0.1:" + server.getLocalPort() + "/ws");
  }

  /** The request line and headers of the upgrade. */
  String request() {
    return request.orTimeout(5, TimeUnit.SECONDS).join();
  }

  private void serve(Script script) {
    try (Socket socket = server.accept()) {
      Peer peer = new Peer(socket);
      request.complete(peer.head);
      script.run(peer);
    } catch (IOException ended) {
      request.completeExceptionally(ended);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  /** The server's end of the connection. */
  static final class Peer {

    private final Socket socket;
    private final DataInputStream in;
    private final String head;

    private Peer(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      this.head = readHead(in);
    }

    private static String readHead(InputStream in) throws IOException {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        head.append((char) in.read());
      }
      return head.toString();
    }

    void raw(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    void accept() throws IOException {
      String protocol = header("Sec-WebSocket-Protocol") == null ? "" : "gateway.v1";
      raw(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + (protocol.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + protocol + "\r\n")
              + "Sec-WebSocket-Accept: "
              + acceptKey(String.valueOf(header("Sec-WebSocket-Key")))
              + "\r\n\r\n");
    }

    private @Nullable String header(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ": ";
      return head.lines()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(line -> line.substring(prefix.length()))
          .findFirst()
          .orElse(null);
    }

    private static String acceptKey(String key) {
      try {
        byte[] hash =
            MessageDigest.getInstance("SHA-1")
                .digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII));
        return Base64.getEncoder().encodeToString(hash);
      } catch (NoSuchAlgorithmException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    void send(RawFrame frame) throws IOException {
      socket.getOutputStream().write(frame.unmasked().bytes());
    }

    void send(String text) throws IOException {
      send(RawFrame.text(text));
    }

    @Nullable RawFrame read() throws IOException {
      return RawFrame.read(in);
    }

    /** Reads until the other side is gone, or says goodbye. */
    void drain() throws IOException {
      RawFrame frame = read();
      while (frame != null && frame.opcode() != RawFrame.CLOSE) {
        frame = read();
      }
      if (frame != null) {
        send(frame);
      }
    }
  }
}
