package dev.realtime.gateway.protocol;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's own ids: UUIDv7 (RFC 9562, section 5.7), which sort by the time they were made.
 *
 * <p>They are unique, not secret: knowing one permits nothing. Hence the random source that never
 * blocks an event loop.
 */
public final class Identifiers {

  private static final long VERSION_7 = 0x7000L;
  private static final int COUNTER_BITS = 12;
  private static final long COUNTER = (1L << COUNTER_BITS) - 1;
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long RANDOM_B = 0x3FFF_FFFF_FFFF_FFFFL;

  /** Milliseconds, and how many ids there were in this one. */
  private static final AtomicLong LAST = new AtomicLong();

  private Identifiers() {}

  /**
   * A new id, above all that this instance has made before: what was made later sorts later, also
   * within a millisecond (RFC 9562, section 6.2, method 1).
   */
  public static UUID next() {
    long tick =
        LAST.updateAndGet(last -> Math.max(last + 1, System.currentTimeMillis() << COUNTER_BITS));
    long high = (tick >>> COUNTER_BITS << 16) | VERSION_7 | (tick & COUNTER);
    return new UUID(high, VARIANT | (ThreadLocalRandom.current().nextLong() & RANDOM_B));
  }

  /** Below all ids made at or after a time, above all made before it. */
  public static UUID firstOf(Instant time) {
    return new UUID(time.toEpochMilli() << 16, 0);
  }

  /** When an id was made, to the millisecond. */
  public static Instant madeAt(UUID id) {
    return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
  }

  /** Reads an id a client sent; null if it cannot be one of the gateway's. */
  public static @Nullable UUID parse(String text) {
    try {
      return text.length() == 36 ? UUID.fromString(text) : null;
    } catch (IllegalArgumentException notOurs) {
      return null;
    }
  }

  /**
   * An id as the gateway itself writes it: clients compare ids as text, and some write the digits
   * of a UUID in capitals. What cannot be an id of the gateway stays as it is.
   */
  public static String canonical(String text) {
    UUID id = parse(text);
    return id == null ? text : id.toString();
  }
}
