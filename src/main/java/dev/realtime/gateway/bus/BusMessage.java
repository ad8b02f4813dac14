package dev.realtime.gateway.bus;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A message that the bus carries from one instance to the others: a header, and the publisher's
 * bytes.
 *
 * <p>The header is its own length (2 bytes, not counting themselves), then the version (1), the
 * kind (1), the instance, the number and the previous number (8 each). A release may append fields
 * to the header without a new version, because readers skip unknown fields. A release that changes
 * the fields raises the version. Each release reads its own version and the one before, so during a
 * rolling deploy the new instances understand the old ones.
 *
 * @param instance identifies the start of the instance that published the message; never 0
 * @param number the instance's own count of its messages; grows across all channels
 * @param previous the number of the instance's message before this one on the same channel; 0 if
 *     the instance does not remember it
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough; a copy per access is not wanted
record BusMessage(Kind kind, long instance, long number, long previous, byte[] payload) {

  static final byte VERSION = 1;

  /** Oldest version that this release reads; version 1 is the first, so no older one exists. */
  private static final byte OLDEST_VERSION = 1;

  private static final int LENGTH_BYTES = Short.BYTES;
  private static final int HEADER_BYTES = 2 + 3 * Long.BYTES;

  /** The purpose of a message. */
  enum Kind {
    /** A message for the subscribers of a room. */
    PUBLISHED(0),
    /** An instance has subscribed to a channel; the payload is the number of the hello. */
    HELLO(1),
    /**
     * An instance has received a hello and publishes from now on; the payload is the hello's
     * number.
     */
    HERE(2),
    /** An instance failed to publish; the payload is the duration of the failure in nanoseconds. */
    LOSSES(3),
    /** An instance is alive; the payload is a {@link Beat}. */
    BEAT(4),
    /** An instance has sent recorded messages; the payload is a report of {@link SentMessages}. */
    SENT(5),
    /** An instance stops; no message of it follows. */
    GONE(6);

    private static final Kind[] ALL = values();

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }

    private static @Nullable Kind of(byte code) {
      for (Kind kind : ALL) {
        if (kind.code == code) {
          return kind;
        }
      }
      return null;
    }
  }

  byte[] toBytes() {
    return ByteBuffer.allocate(LENGTH_BYTES + HEADER_BYTES + payload.length)
        .putShort((short) HEADER_BYTES)
        .put(VERSION)
        .put(kind.code)
        .putLong(instance)
        .putLong(number)
        .putLong(previous)
        .put(payload)
        .array();
  }

  /** Reads bytes that {@link #toBytes} wrote; returns null if this release cannot read them. */
  static @Nullable BusMessage read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int header = in.remaining() < LENGTH_BYTES ? 0 : Short.toUnsignedInt(in.getShort());
    if (header < HEADER_BYTES || in.remaining() < header) {
      return null;
    }
    byte version = in.get();
    Kind kind = Kind.of(in.get());
    if (version < OLDEST_VERSION || version > VERSION || kind == null) {
      return null;
    }
    byte[] payload = Arrays.copyOfRange(bytes, LENGTH_BYTES + header, bytes.length);
    return new BusMessage(kind, in.getLong(), in.getLong(), in.getLong(), payload);
  }

  /** Returns a payload of one number. */
  static byte[] payloadOf(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  /** Returns the number that {@link #payloadOf} wrote; 0 for any other payload. */
  long payloadNumber() {
    return payload.length < Long.BYTES ? 0 : ByteBuffer.wrap(payload).getLong();
  }
}
