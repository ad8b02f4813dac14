package dev.realtime.gateway.room;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The encoding of a frame on a WebSocket: an unmasked final text frame (RFC 6455, section 5.2),
 * followed by a ping if it wants a receipt.
 */
public final class WireFormat {

  private static final int FINAL_TEXT = 0x81;
  private static final int FINAL_PING = 0x89;
  private static final int PING_LENGTH = 2 + Long.BYTES;
  private static final int SHORT_PAYLOAD = 125;
  private static final int MEDIUM_PAYLOAD = 0xFFFF;

  private WireFormat() {}

  /**
   * Encodes one frame. The caller owns the buffer, which is empty if the frame carries no event.
   */
  public static ByteBuf encode(Frame frame, ByteBufAllocator allocator) {
    ByteBuf wire = allocator.directBuffer(length(frame));
    write(frame, wire);
    return wire;
  }

  /** Returns the bytes on the wire, headers included; 0 for a frame without an event. */
  static int length(Frame frame) {
    if (frame.saysNothing()) {
      return 0;
    }
    int payload = frame.json().length;
    int header = payload <= SHORT_PAYLOAD ? 2 : payload <= MEDIUM_PAYLOAD ? 4 : 10;
    return header + payload + (frame.wantsReceipt() ? PING_LENGTH : 0);
  }

  /** Writes the frame; nothing if it carries no event, because an empty text is no JSON object. */
  static void write(Frame frame, ByteBuf wire) {
    if (frame.saysNothing()) {
      return;
    }
    int payload = frame.json().length;
    wire.writeByte(FINAL_TEXT);
    if (payload <= SHORT_PAYLOAD) {
      wire.writeByte(payload);
    } else if (payload <= MEDIUM_PAYLOAD) {
      wire.writeByte(SHORT_PAYLOAD + 1).writeShort(payload);
    } else {
      wire.writeByte(SHORT_PAYLOAD + 2).writeLong(payload);
    }
    wire.writeBytes(frame.json());
    if (frame.wantsReceipt()) {
      wire.writeByte(FINAL_PING).writeByte(Long.BYTES).writeLong(frame.rev());
    }
  }
}
