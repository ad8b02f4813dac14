package dev.realtime.gateway.protocol;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's own ids: UUIDv7 (RFC 9562, section 5.7), which sort by the time they were made.
 *
 * <p>They are unique, not secret: knowing one permits nothing. Hence the random source that never
 * blocks an event loop.
 */
public final class Identifiers {

  private static final long VERSION_7 = 0x7000L;
  private static final long RANDOM_A = 0x0FFFL;
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long RANDOM_B = 0x3FFF_FFFF_FFFF_FFFFL;

  private Identifiers() {}

  /** A new id. */
  public static UUID next() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = (System.currentTimeMillis() << 16) | VERSION_7 | (random.nextLong() & RANDOM_A);
    return new UUID(high, VARIANT | (random.nextLong() & RANDOM_B));
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

  /** When one of the gateway's own ids was made (RFC 9562, section 5.7), to the millisecond. */
  public static Instant createdAt(UUID id) {
    return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
  }
}
