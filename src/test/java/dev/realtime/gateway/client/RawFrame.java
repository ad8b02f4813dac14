package dev.realtime.gateway.client;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket frame of RFC 6455, section 5.2, made by hand; it may be wrong in every way that the
 * section forbids.
 */
public final class RawFrame {

  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  /** RFC 6455, section 7.1.5: the close frame had no code. */
  public static final int NO_CODE = 1005;

  private static final byte[] MASK = {0x12, 0x34, 0x56, 0x78};
  private static final int LONGEST_READ = 16 * 1024 * 1024;

  private final Head head;
  private final byte[] payload;

  /** What stands before the payload. */
  private record Head(boolean fin, int rsv, int opcode, boolean masked, long declaredLength) {}

  private RawFrame(Head head, byte[] payload) {
    this.head = head;
    this.payload = payload;
  }

  /** A whole masked frame of any opcode. */
  public static RawFrame of(int opcode, byte[] payload) {
    return new RawFrame(new Head(true, 0, opcode, true, payload.length), payload.clone());
  }

  public static RawFrame text(String text) {
    return of(TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public static RawFrame continuation(String text) {
    return of(CONTINUATION, text.getBytes(StandardCharsets.UTF_8));
  }

  public static RawFrame ping(String text) {
    return of(PING, text.getBytes(StandardCharsets.UTF_8));
  }

  public static RawFrame close(int code, String reason) {
    byte[] words = reason.getBytes(StandardCharsets.UTF_8);
    byte[] payload =
        ByteBuffer.allocate(2 + words.length).putShort((short) code).put(words).array();
    return of(CLOSE, payload);
  }

  /** This frame without FIN: more fragments are to follow. */
  public RawFrame unfinished() {
    return new RawFrame(
        new Head(false, head.rsv, head.opcode, head.masked, head.declaredLength), payload);
  }

  /** This frame with these reserved bits, 0 to 7. */
  public RawFrame reserved(int bits) {
    return new RawFrame(
        new Head(head.fin, bits, head.opcode, head.masked, head.declaredLength), payload);
  }

  /** This frame without a mask, as only a server may send it. */
  public RawFrame unmasked() {
    return new RawFrame(
        new Head(head.fin, head.rsv, head.opcode, false, head.declaredLength), payload);
  }

  /** This frame with a header that promises another length than its payload has. */
  public RawFrame declaring(long length) {
    return new RawFrame(new Head(head.fin, head.rsv, head.opcode, head.masked, length), payload);
  }

  public boolean isFinal() {
    return head.fin;
  }

  public int opcode() {
    return head.opcode;
  }

  public boolean isMasked() {
    return head.masked;
  }

  public byte[] payload() {
    return payload.clone();
  }

  public String text() {
    return new String(payload, StandardCharsets.UTF_8);
  }

  /** The code and words of a close frame. */
  public Closed closed() {
    if (payload.length < 2) {
      return new Closed(NO_CODE, "");
    }
    int code = Short.toUnsignedInt(ByteBuffer.wrap(payload).getShort());
    return new Closed(code, new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8));
  }

  /** The frame as it goes over the wire. */
  public byte[] bytes() {
    ByteBuffer bytes = ByteBuffer.allocate(14 + payload.length);
    bytes.put((byte) ((head.fin ? 0x80 : 0) | head.rsv << 4 | head.opcode));
    int maskBit = head.masked ? 0x80 : 0;
    if (head.declaredLength < 126) {
      bytes.put((byte) (maskBit | head.declaredLength));
    } else if (head.declaredLength <= 0xFFFF) {
      bytes.put((byte) (maskBit | 126)).putShort((short) head.declaredLength);
    } else {
      bytes.put((byte) (maskBit | 127)).putLong(head.declaredLength);
    }
    if (head.masked) {
      bytes.put(MASK).put(masked(payload, MASK));
    } else {
      bytes.put(payload);
    }
    byte[] exact = new byte[bytes.position()];
    bytes.flip().get(exact);
    return exact;
  }

  private static byte[] masked(byte[] payload, byte[] mask) {
    byte[] masked = new byte[payload.length];
    for (int i = 0; i < payload.length; i++) {
      masked[i] = (byte) (payload[i] ^ mask[i % 4]);
    }
    return masked;
  }

  /**
   * Reads one frame.
   *
   * @return null at the end of the stream
   */
  static @Nullable RawFrame read(DataInputStream in) throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    int second = in.readUnsignedByte();
    boolean masked = (second & 0x80) != 0;
    long length = second & 0x7F;
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = in.readLong();
    }
    if (length < 0 || length > LONGEST_READ) {
      throw new IOException("A frame of " + length + " bytes");
    }
    byte[] mask = in.readNBytes(masked ? 4 : 0);
    byte[] payload = new byte[(int) length];
    in.readFully(payload);
    byte[] plain = masked ? masked(payload, mask) : payload;
    Head head = new Head((first & 0x80) != 0, first >> 4 & 7, first & 0x0F, masked, length);
    return new RawFrame(head, plain);
  }

  @Override
  public String toString() {
    return switch (head.opcode) {
      case TEXT -> "text " + text();
      case CLOSE -> "close " + closed();
      default -> "opcode " + head.opcode + ", " + payload.length + " bytes";
    };
  }
}
