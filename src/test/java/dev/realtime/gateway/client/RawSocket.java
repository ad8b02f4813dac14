package dev.realtime.gateway.client;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket made by hand over a plain socket, for tests that break the rules or look at pings. It
 * answers nothing by itself unless {@link #answerPings} says so. Not thread-safe.
 */
public final class RawSocket implements AutoCloseable {

  private static final int CONNECT_MS = 5_000;

  /** The kernel would take tens of megabytes for a test that reads nothing. */
  private static final int RECEIVE_BUFFER = 64 * 1024;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final List<String> seen = new ArrayList<>();
  private boolean answersPings;
  private @Nullable HttpHead answer;

  private RawSocket(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = socket.getOutputStream();
  }

  /** Connects and upgrades with a good handshake and these further headers. */
  public static RawSocket connect(URI uri, Map<String, String> headers) {
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return connect(uri, query, headers);
  }

  /** The same with this query, question mark included, which may be one that a URI forbids. */
  public static RawSocket connect(URI uri, String query, Map<String, String> headers) {
    StringBuilder request = new StringBuilder();
    request.append("GET ").append(uri.getRawPath()).append(query).append(" HTTP/1.1\r\n");
    request.append("Host: ").append(uri.getAuthority()).append("\r\n");
    request.append("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    request.append("Sec-WebSocket-Version: 13\r\n");
    request.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    headers.forEach(
        (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
    return handshake(uri, request.append("\r\n").toString());
  }

  /** Connects and sends this request, whatever it says; throws what the gateway refuses. */
  public static RawSocket handshake(URI uri, String request) {
    RawSocket socket = open(uri);
    socket.write(request.getBytes(StandardCharsets.ISO_8859_1));
    HttpHead head = socket.readHead();
    if (head.status() != 101) {
      String body = socket.body(head);
      socket.close();
      throw new UpgradeRefusedException(head, body);
    }
    socket.answer = head;
    return socket;
  }

  /** A header of the answer to the upgrade; null if it had none of this name. */
  public @Nullable String header(String name) {
    return answer == null ? null : answer.header(name);
  }

  /** Connects with this token. */
  public static RawSocket connect(URI uri, String token) {
    return connect(uri, Map.of("Authorization", "Bearer " + token));
  }

  /** Opens the TCP connection only; the handshake is the caller's. */
  public static RawSocket open(URI uri) {
    try {
      Socket socket = new Socket();
      socket.setTcpNoDelay(true);
      socket.setReceiveBufferSize(RECEIVE_BUFFER);
      socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), CONNECT_MS);
      socket.setSoTimeout(CONNECT_MS);
      return new RawSocket(socket);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Writes any bytes. */
  public void write(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Writes any bytes; false if the connection is gone. */
  public boolean tryWrite(byte[] bytes) {
    try {
      write(bytes);
      return true;
    } catch (UncheckedIOException gone) {
      return false;
    }
  }

  /**
   * Writes the same bytes again and again, until the gateway takes no more of them for a while.
   *
   * @param limit bytes after which to give up
   * @return false if the gateway took everything
   */
  public boolean stallsWithin(byte[] bytes, long limit, Duration silence) {
    AtomicLong written = new AtomicLong();
    Thread writer =
        Thread.startVirtualThread(() -> {
          while (written.get() < limit && tryWrite(bytes)) {
            written.addAndGet(bytes.length);
          }
        });
    try {
      for (long before = -1; before != written.get(); ) {
        before = written.get();
        if (writer.join(silence)) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Reads the status line and headers of an HTTP answer. */
  HttpHead readHead() {
    try {
      return HttpHead.read(in);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private String body(HttpHead head) {
    try {
      return new String(head.readBody(in), StandardCharsets.UTF_8);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  public void send(RawFrame frame) {
    write(frame.bytes());
  }

  /** Sends a proper text frame. */
  public void sendText(String text) {
    send(RawFrame.text(text));
  }

  /** From now on a ping that is read is answered, and still returned. */
  public void answerPings(boolean answers) {
    answersPings = answers;
  }

  /**
   * Reads the next frame.
   *
   * @return null if the connection ended
   * @throws ClientException at the deadline
   */
  public @Nullable RawFrame read(Duration deadline) {
    try {
      socket.setSoTimeout(Math.max(1, (int) deadline.toMillis()));
      RawFrame frame = RawFrame.read(in);
      if (frame != null) {
        note(frame);
      }
      return frame;
    } catch (SocketTimeoutException late) {
      throw new ClientException("No frame within " + deadline + "; seen: " + seen, late);
    } catch (EOFException | SocketException cut) {
      return null;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private void note(RawFrame frame) {
    seen.add(frame.toString());
    if (answersPings && frame.opcode() == RawFrame.PING) {
      send(RawFrame.of(RawFrame.PONG, frame.payload()));
    }
  }

  /** Reads until a frame fits. */
  public RawFrame await(String what, Predicate<RawFrame> wanted, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    while (true) {
      Duration left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
      RawFrame frame = read(left);
      if (frame == null) {
        throw new ClientException("The connection ended before " + what + "; seen: " + seen);
      }
      if (wanted.test(frame)) {
        return frame;
      }
      if (System.nanoTime() >= end) {
        throw new ClientException("No " + what + " within " + deadline + "; seen: " + seen);
      }
    }
  }

  /** Reads until a text frame contains this. */
  public String awaitText(String part, Duration deadline) {
    return await(
            "text with " + part,
            frame -> frame.opcode() == RawFrame.TEXT && frame.text().contains(part),
            deadline)
        .text();
  }

  /** Reads until a ping comes. */
  public RawFrame awaitPing(Duration deadline) {
    return await("ping", frame -> frame.opcode() == RawFrame.PING, deadline);
  }

  /** Reads until the connection ends: by a close frame, or without one (1006). */
  public Closed awaitClose(Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    RawFrame frame;
    do {
      frame = read(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    } while (frame != null && frame.opcode() != RawFrame.CLOSE);
    return frame == null ? Closed.abnormally("the connection was cut") : frame.closed();
  }

  /** What has been read so far, in words. */
  public List<String> seen() {
    return List.copyOf(seen);
  }

  /** Cuts the connection by a TCP reset, as a machine does that loses its network. */
  public void reset() {
    try {
      socket.setSoLinger(true, 0);
    } catch (SocketException gone) {
      // Cut already.
    }
    close();
  }

  /** Cuts the connection. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
