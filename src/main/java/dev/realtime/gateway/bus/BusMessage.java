package dev.realtime.gateway.bus;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the bus carries from one instance to the others: a header, and the bytes of the publisher.
 *
 * <p>The header is its own length (2 bytes, without themselves), then the version (1), the kind
 * (1), the instance, the number and the number before (8 each). A release may append fields to the
 * header without a new version, because readers skip what they do not know. A release that changes
 * the fields raises the version. Each release reads its own version and the one before, so the
 * instances of a rolling deploy that are new understand the old ones.
 *
 * @param instance which start of which instance has published it; never 0
 * @param number the instance's own count of what it has published; grows on every channel
 * @param previous the number of the instance's message before this one on the same channel; 0 where
 *     the instance does not remember
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough; a copy per access is not wanted
record BusMessage(Kind kind, long instance, long number, long previous, byte[] payload) {

  static final byte VERSION = 1;

  /** Version 1 is the first one: there is none before it. */
  private static final byte OLDEST_VERSION = 1;

  private static final int LENGTH_BYTES = Short.BYTES;
  private static final int HEADER_BYTES = 2 + 3 * Long.BYTES;

  /** What a message is for. */
  enum Kind {
    /** For the subscribers of a room. */
    PUBLISHED(0),
    /** An instance has begun to listen to a channel; the payload is the hello's number. */
    HELLO(1),
    /** An instance has heard a hello, and publishes from now on; the payload is its number. */
    HERE(2),
    /** An instance could not publish; the payload says for how long, in nanoseconds. */
    LOSSES(3),
    /** An instance proves to itself that the bus carries. */
    PULSE(4);

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

  /** Reads what {@link #toBytes} wrote; null for what this release cannot read. */
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

  /** A payload of one number. */
  static byte[] payloadOf(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  /** The number that {@link #payloadOf} wrote; 0 for any other payload. */
  long payloadNumber() {
    return payload.length < Long.BYTES ? 0 : ByteBuffer.wrap(payload).getLong();
  }
}
