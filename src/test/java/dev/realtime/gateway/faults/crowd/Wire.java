package dev.realtime.gateway.faults.crowd;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket over a plain socket with a small receive buffer, so that a client that stops reading
 * is soon felt at the other end, and one that is cut sends a reset. One thread may read while
 * others write.
 */
final class Wire {

  private static final int RECEIVE_BUFFER = 16_384;
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private final Socket socket;
  private final DataInputStream in;

  /** The gateway refused the upgrade. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String status) {
      super(status);
    }
  }

  private Wire(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /** Connects and upgrades, within this time for each step. */
  static Wire connect(int port, String token, Duration patience) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setReceiveBufferSize(RECEIVE_BUFFER);
      socket.setTcpNoDelay(true);
      int millis = (int) patience.toMillis();
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), millis);
      socket.setSoTimeout(millis);
      Wire wire = new Wire(socket);
      wire.upgrade(token);
      socket.setSoTimeout(0);
      return wire;
    } catch (IOException failed) {
      socket.close();
      throw failed;
    }
  }

  private void upgrade(String token) throws IOException {
    String request =
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Protocol: gateway.v1\r\nAuthorization: Bearer "
            + token
            + "\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    String status = line();
    for (String header = line(); !header.isEmpty(); header = line()) {
      // Nothing of it matters.
    }
    if (!status.contains(" 101 ")) {
      throw new Refused(status);
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  void send(String text) throws IOException {
    write(TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Masked by zeros, which changes nothing. */
  private synchronized void write(int opcode, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
    frame.put((byte) (0x80 | opcode));
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    }
    frame.putInt(0).put(payload);
    socket.getOutputStream().write(frame.array(), 0, frame.position());
  }

  /** The next text, or null at the end of the connection; pings are answered. */
  @Nullable String read() {
    try {
      while (true) {
        int opcode = in.readUnsignedByte() & 0x0F;
        byte[] payload = in.readNBytes(length(in.readUnsignedByte()));
        if (opcode == PING) {
          write(PONG, payload);
        } else if (opcode == CLOSE) {
          write(CLOSE, payload);
          return null;
        } else if (opcode == TEXT) {
          return new String(payload, StandardCharsets.UTF_8);
        }
      }
    } catch (IOException ended) {
      return null;
    }
  }

  private int length(int declared) throws IOException {
    return switch (declared) {
      case 126 -> in.readUnsignedShort();
      case 127 -> Math.toIntExact(in.readLong());
      default -> declared;
    };
  }

  /** Says goodbye. */
  void close() {
    try {
      write(CLOSE, new byte[] {0x03, (byte) 0xE8});
      socket.close();
    } catch (IOException gone) {
      // It had ended already.
    }
  }

  /** Ends the connection by a reset, as a phone does that has lost its network. */
  void cut() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException gone) {
      // It had ended already.
    }
  }
}
