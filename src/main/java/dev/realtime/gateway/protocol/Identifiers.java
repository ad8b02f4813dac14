package dev.realtime.gateway.protocol;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's own ids: UUIDv7 (RFC 9562, section 5.7), which sort by time of creation.
 *
 * <p>The ids are unique, not secret: knowledge of an id permits nothing. Hence the random source
 * never blocks an event loop.
 */
public final class Identifiers {

  private static final long VERSION_7 = 0x7000L;
  private static final int COUNTER_BITS = 12;
  private static final long COUNTER = (1L << COUNTER_BITS) - 1;
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long RANDOM_B = 0x3FFF_FFFF_FFFF_FFFFL;

  /**
   * How far ids may be ahead of the clock, in ticks: 10 seconds. A clock that was wrong for a
   * moment must not leave every later id in the future.
   */
  private static final long LEAD = 10_000L << COUNTER_BITS;

  /** Milliseconds of the last id, and its counter within that millisecond. */
  private static final AtomicLong LAST = new AtomicLong();

  private Identifiers() {}

  /**
   * Returns a new id, above every earlier id of this instance, also within a millisecond (RFC 9562,
   * section 6.2, method 1). After the clock was set back by more than 10 seconds the ids follow it.
   */
  public static UUID next() {
    long now = System.currentTimeMillis() << COUNTER_BITS;
    return at(LAST.updateAndGet(last -> following(last, now)));
  }

  /** Returns the tick of the next id; both ticks count from 1970. */
  static long following(long last, long now) {
    return last - now > LEAD ? now : Math.max(last + 1, now);
  }

  private static UUID at(long tick) {
    long high = (tick >>> COUNTER_BITS << 16) | VERSION_7 | (tick & COUNTER);
    return new UUID(high, VARIANT | (ThreadLocalRandom.current().nextLong() & RANDOM_B));
  }

  /**
   * Returns a bound below all ids created at or after a time, and above all ids created before it.
   */
  public static UUID firstOf(Instant time) {
    return new UUID(time.toEpochMilli() << 16, 0);
  }

  /** Returns the time of an id's creation, to the millisecond. */
  public static Instant madeAt(UUID id) {
    return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
  }

  /** Reads an id that a client sent; returns null if the gateway cannot have created it. */
  public static @Nullable UUID parse(String text) {
    try {
      return text.length() == 36 ? UUID.fromString(text) : null;
    } catch (IllegalArgumentException notOurs) {
      return null;
    }
  }

  /**
   * Returns an id in the gateway's own spelling: clients compare ids as text, and some write the
   * digits of a UUID in capitals. Text that cannot be an id of the gateway stays unchanged.
   */
  public static String canonical(String text) {
    UUID id = parse(text);
    return id == null ? text : id.toString();
  }
}
