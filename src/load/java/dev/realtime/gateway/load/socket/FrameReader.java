package dev.realtime.gateway.load.socket;

import io.netty.buffer.ByteBuf;

/** Reads the frames of a server (RFC 6455, section 5.2) out of whatever bytes have come so far. */
final class FrameReader {

  static final int TEXT = 0x1;
  static final int CLOSE = 0x8;
  static final int PING = 0x9;
  static final int PONG = 0xA;

  /** More than any frame of the protocol. */
  static final int LONGEST = 4 << 20;

  private static final int FINAL = 0x80;
  private static final int RESERVED = 0x70;
  private static final int MASKED = 0x80;

  private int opcode;
  private int length;

  /**
   * Reads a header if the whole frame is there.
   *
   * @return false, nothing read, if bytes are missing; else the payload is what comes next
   * @throws BrokenFrameException on a frame that no server may send here
   */
  boolean next(ByteBuf in) {
    int start = in.readerIndex();
    int there = in.readableBytes();
    if (there < 2) {
      return false;
    }
    int first = in.getUnsignedByte(start);
    int second = in.getUnsignedByte(start + 1);
    check(first, second);
    int header = 2 + extraBytes(second);
    if (there < header) {
      return false;
    }
    long payload = payloadLength(in, start, second);
    if (payload < 0 || payload > LONGEST) {
      throw new BrokenFrameException("A frame of " + payload + " bytes");
    }
    if (there < header + payload) {
      return false;
    }
    opcode = first & 0x0F;
    length = (int) payload;
    in.skipBytes(header);
    return true;
  }

  private static void check(int first, int second) {
    if ((first & FINAL) == 0 || (first & 0x0F) == 0) {
      throw new BrokenFrameException("A frame in pieces");
    }
    if ((first & RESERVED) != 0) {
      throw new BrokenFrameException("An extension nobody asked for");
    }
    if ((second & MASKED) != 0) {
      throw new BrokenFrameException("A masked frame of a server");
    }
  }

  private static int extraBytes(int second) {
    return switch (second) {
      case 126 -> 2;
      case 127 -> 8;
      default -> 0;
    };
  }

  private static long payloadLength(ByteBuf in, int start, int second) {
    return switch (second) {
      case 126 -> in.getUnsignedShort(start + 2);
      case 127 -> in.getLong(start + 2);
      default -> second;
    };
  }

  int opcode() {
    return opcode;
  }

  /** Bytes of the payload. */
  int length() {
    return length;
  }
}
