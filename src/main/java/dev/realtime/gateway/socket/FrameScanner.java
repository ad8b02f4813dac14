package dev.realtime.gateway.socket;

import io.netty.buffer.ByteBuf;

/**
 * Follows the frame boundaries in a client's byte stream without keeping a byte of it (RFC 6455,
 * section 5.2), so that an oversized message is known by its header. Not thread-safe.
 */
final class FrameScanner {

  private static final int FINAL = 0x80;
  private static final int OPCODE = 0x0F;
  private static final int CONTROL = 0x08;
  private static final int CLOSE = 0x08;
  private static final int LENGTH = 0x7F;
  private static final int MASKED = 0x80;
  private static final int SHORT_LENGTH = 126;
  private static final int LONG_LENGTH = 127;
  private static final int MASK_BYTES = 4;

  private enum Part {
    FIRST,
    SECOND,
    LENGTH,
    MASK,
    PAYLOAD
  }

  private final int maxMessage;
  private Part part = Part.FIRST;
  private int first;
  private boolean masked;
  private int left;
  private long length;
  private long messageBytes;
  private boolean tooLarge;
  private boolean closeSeen;

  /**
   * @param maxMessage bytes of the largest message, all its fragments together
   */
  FrameScanner(int maxMessage) {
    this.maxMessage = maxMessage;
  }

  /** Whether a message over the limit has begun. */
  boolean isTooLarge() {
    return tooLarge;
  }

  /** Whether the client's close frame has begun. */
  boolean isCloseSeen() {
    return closeSeen;
  }

  /**
   * Reads on.
   *
   * @return how many of the readable bytes come before the header of a frame that makes its message
   *     too large; all of them if there is none
   */
  int scan(ByteBuf bytes) {
    int index = bytes.readerIndex();
    int end = bytes.writerIndex();
    int accepted = end;
    while (index < end) {
      if (part == Part.PAYLOAD) {
        int step = (int) Math.min(length, end - index);
        length -= step;
        index += step;
      } else {
        int headerByte = bytes.getUnsignedByte(index);
        boolean wasTooLarge = tooLarge;
        index++;
        readHeader(headerByte);
        if (tooLarge && !wasTooLarge) {
          accepted = index;
        }
      }
      if (part == Part.PAYLOAD && length == 0) {
        part = Part.FIRST;
      }
    }
    return accepted - bytes.readerIndex();
  }

  private void readHeader(int headerByte) {
    switch (part) {
      case FIRST -> {
        first = headerByte;
        closeSeen |= (first & OPCODE) == CLOSE;
        part = Part.SECOND;
      }
      case SECOND -> {
        masked = (headerByte & MASKED) != 0;
        length = headerByte & LENGTH;
        left = length == SHORT_LENGTH ? 2 : length == LONG_LENGTH ? 8 : 0;
        if (left == 0) {
          lengthKnown();
        } else {
          length = 0;
          part = Part.LENGTH;
        }
      }
      case LENGTH -> {
        length = (length << 8) | headerByte;
        if (--left == 0) {
          lengthKnown();
        }
      }
      case MASK -> {
        if (--left == 0) {
          part = Part.PAYLOAD;
        }
      }
      case PAYLOAD -> throw new IllegalStateException("A payload has no header");
    }
  }

  private void lengthKnown() {
    // The highest bit must be 0 (RFC 6455, section 5.2); with it the length would be negative.
    length = length < 0 ? Long.MAX_VALUE : length;
    if ((first & CONTROL) == 0) {
      messageBytes =
          messageBytes > maxMessage ? messageBytes : messageBytes + Math.min(length, 1L << 40);
      tooLarge |= messageBytes > maxMessage;
      if ((first & FINAL) != 0) {
        messageBytes = 0;
      }
    }
    left = MASK_BYTES;
    part = masked ? Part.MASK : Part.PAYLOAD;
  }
}
