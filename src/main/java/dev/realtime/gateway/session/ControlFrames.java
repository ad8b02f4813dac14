package dev.realtime.gateway.session;

import dev.realtime.gateway.protocol.SessionEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** The encoding of control frames (RFC 6455, section 5.5); the caller owns each buffer. */
final class ControlFrames {

  private static final int FINAL_CLOSE = 0x88;
  private static final int REASON_BYTES = 123;
  private static final int FINAL_PING = 0x89;
  private static final int FINAL_PONG = 0x8A;
  private static final ByteBuf PING =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer(2).writeByte(FINAL_PING).writeByte(0).asReadOnly());

  private ControlFrames() {}

  static ByteBuf ping() {
    return PING.duplicate();
  }

  static ByteBuf pong(ByteBufAllocator allocator, byte[] payload) {
    return frame(allocator, FINAL_PONG, payload.length).writeBytes(payload);
  }

  /** Returns a close frame; a reason that is too long is cut between two characters. */
  static ByteBuf close(ByteBufAllocator allocator, SessionEvent.Bye bye) {
    byte[] reason = bye.reason().getBytes(StandardCharsets.UTF_8);
    int length = Math.min(reason.length, REASON_BYTES);
    while (length < reason.length && (reason[length] & 0xC0) == 0x80) {
      length--;
    }
    return frame(allocator, FINAL_CLOSE, 2 + length)
        .writeShort(bye.code())
        .writeBytes(reason, 0, length);
  }

  /** Returns a frame's header; a control frame's payload has at most 125 bytes. */
  private static ByteBuf frame(ByteBufAllocator allocator, int first, int length) {
    return allocator.directBuffer(2 + length).writeByte(first).writeByte(length);
  }
}
