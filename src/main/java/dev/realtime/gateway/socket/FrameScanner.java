package dev.realtime.gateway.socket;

import dev.realtime.gateway.protocol.CloseCode;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Follows the frame boundaries in a client's byte stream (RFC 6455, section 5.2), so that an
 * oversized message, a broken frame or a close frame with a forbidden code is known before the
 * decoder sees it. Of the stream it keeps a close frame's payload only. Not thread-safe.
 */
final class FrameScanner {

  private static final int FINAL = 0x80;
  private static final int RESERVED = 0x70;
  private static final int OPCODE = 0x0F;
  private static final int CONTROL = 0x08;
  private static final int LENGTH = 0x7F;
  private static final int MASKED = 0x80;
  private static final int SHORT_LENGTH = 126;
  private static final int LONG_LENGTH = 127;
  private static final int LONGEST_SHORT = 0xFFFF;
  private static final int MASK_BYTES = 4;

  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

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
  private int lengthBytes;
  private int left;
  private long length;
  private boolean inMessage;
  private long messageBytes;
  private @Nullable CloseCode violation;
  private boolean closeSeen;
  private int mask;
  private @Nullable ByteBuffer closePayload;

  /**
   * @param maxMessage bytes of the largest message, all its fragments together
   */
  FrameScanner(int maxMessage) {
    this.maxMessage = maxMessage;
  }

  /**
   * What is wrong with the stream: a message over the limit, a broken frame, or a close frame whose
   * words are not UTF-8; null if nothing.
   */
  @Nullable CloseCode violation() {
    return violation;
  }

  /** Whether the client's close frame has begun. */
  boolean isCloseSeen() {
    return closeSeen;
  }

  /**
   * Reads on.
   *
   * @return how many of the readable bytes come before the one that shows the violation; all of
   *     them if there is none
   */
  int scan(ByteBuf bytes) {
    int start = bytes.readerIndex();
    int end = bytes.writerIndex();
    int accepted = end - start;
    for (int index = start; index < end && !isMeaningless(); ) {
      boolean sound = violation == null;
      if (part == Part.PAYLOAD) {
        index += readPayload(bytes, index, (int) Math.min(length, end - index));
      } else {
        readHeader(bytes.getUnsignedByte(index));
        index++;
      }
      if (sound && violation != null) {
        accepted = index - 1 - start;
      }
      if (part == Part.PAYLOAD && length == 0) {
        part = Part.FIRST;
      }
    }
    return accepted;
  }

  /** Nothing after a broken frame has a meaning; an oversized one is read to its end. */
  private boolean isMeaningless() {
    return violation != null && violation != CloseCode.FRAME_TOO_LARGE;
  }

  private int readPayload(ByteBuf bytes, int index, int step) {
    length -= step;
    if (closePayload != null) {
      for (int i = index; i < index + step; i++) {
        int shift = 8 * (MASK_BYTES - 1 - closePayload.position() % MASK_BYTES);
        closePayload.put((byte) (bytes.getByte(i) ^ (mask >>> shift)));
      }
      if (length == 0) {
        judgeClose(closePayload.flip());
        closePayload = null;
      }
    }
    return step;
  }

  /** RFC 6455, section 7.4. */
  private void judgeClose(ByteBuffer payload) {
    requireSound(mayBeSent(Short.toUnsignedInt(payload.getShort())));
    try {
      var _ = StandardCharsets.UTF_8.newDecoder().decode(payload);
    } catch (CharacterCodingException broken) {
      violation = violation == null ? CloseCode.INVALID_TEXT : violation;
    }
  }

  /** Codes that stand in a close frame: those of the registry, of libraries, and of apps. */
  private static boolean mayBeSent(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }

  private void readHeader(int headerByte) {
    switch (part) {
      case FIRST -> readFirst(headerByte);
      case SECOND -> readSecond(headerByte);
      case LENGTH -> {
        length = (length << 8) | headerByte;
        if (--left == 0) {
          lengthKnown();
        }
      }
      case MASK -> {
        mask = (mask << 8) | headerByte;
        if (--left == 0) {
          part = Part.PAYLOAD;
          closePayload = opcode() == CLOSE && length > 0 ? ByteBuffer.allocate((int) length) : null;
        }
      }
      case PAYLOAD -> throw new IllegalStateException("A payload has no header");
    }
  }

  private void readFirst(int headerByte) {
    first = headerByte;
    boolean last = (headerByte & FINAL) != 0;
    boolean sound =
        (headerByte & RESERVED) == 0
            && switch (headerByte & OPCODE) {
              case CONTINUATION -> inMessage;
              case TEXT, BINARY -> !inMessage;
              case CLOSE, PING, PONG -> last;
              default -> false;
            };
    requireSound(sound);
    closeSeen |= sound && opcode() == CLOSE;
    part = Part.SECOND;
  }

  private void readSecond(int headerByte) {
    int shortLength = headerByte & LENGTH;
    requireSound((headerByte & MASKED) != 0);
    // Control frames have at most 125 bytes, and a close frame none or a code of two.
    requireSound(!isControl() || shortLength < SHORT_LENGTH);
    requireSound(opcode() != CLOSE || shortLength != 1);
    lengthBytes = shortLength == SHORT_LENGTH ? 2 : shortLength == LONG_LENGTH ? 8 : 0;
    left = lengthBytes;
    length = lengthBytes == 0 ? shortLength : 0;
    part = Part.LENGTH;
    if (left == 0) {
      lengthKnown();
    }
  }

  private void lengthKnown() {
    // The shortest form is a must, and so is that the highest bit is 0.
    requireSound(
        switch (lengthBytes) {
          case 2 -> length >= SHORT_LENGTH;
          case 8 -> length > LONGEST_SHORT;
          default -> true;
        });
    if (!isControl()) {
      addToMessage();
    }
    left = MASK_BYTES;
    part = Part.MASK;
  }

  private void addToMessage() {
    // One addition past the limit is enough, and a sum of two lengths could overflow.
    messageBytes = length > maxMessage ? length : messageBytes + length;
    if (violation == null && messageBytes > maxMessage) {
      violation = CloseCode.FRAME_TOO_LARGE;
    }
    inMessage = (first & FINAL) == 0;
    if (!inMessage) {
      messageBytes = 0;
    }
  }

  private boolean isControl() {
    return (first & CONTROL) != 0;
  }

  private int opcode() {
    return first & OPCODE;
  }

  private void requireSound(boolean sound) {
    if (!sound && violation == null) {
      violation = CloseCode.BROKEN_FRAME;
    }
  }
}
