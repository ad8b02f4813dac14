package dev.realtime.gateway.load.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Writes the frames of a client, masked as RFC 6455, section 5.3 demands. */
final class FrameWriter {

  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;
  private static final int LONGEST_HEADER = 8;

  private FrameWriter() {}

  /** One final frame; the caller owns the buffer. */
  static ByteBuf frame(ByteBufAllocator allocator, int opcode, byte[] payload, int mask) {
    if (payload.length > 0xFFFF) {
      throw new IllegalArgumentException("No command is that long");
    }
    ByteBuf frame = allocator.directBuffer(LONGEST_HEADER + payload.length);
    frame.writeByte(FINAL | opcode);
    if (payload.length < 126) {
      frame.writeByte(MASKED | payload.length);
    } else {
      frame.writeByte(MASKED | 126).writeShort(payload.length);
    }
    frame.writeInt(mask);
    writeMasked(frame, payload, mask);
    return frame;
  }

  private static void writeMasked(ByteBuf frame, byte[] payload, int mask) {
    for (int i = 0; i < payload.length; i++) {
      frame.writeByte(payload[i] ^ (mask >>> (24 - 8 * (i & 3))));
    }
  }
}
