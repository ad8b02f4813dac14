package dev.realtime.gateway.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Token buckets, one a key: a burst at once, then so many a second (section 11 of the protocol).
 * Each instance counts for itself. Thread-safe.
 */
public final class RateBuckets {

  private static final int KEYS = 1_000_000;

  private static final class Bucket {
    double tokens;
    long filledAt;
  }

  private final boolean enabled;
  private final double burst;
  private final double perSecond;
  private final LongSupplier nanoTime;
  private final Cache<Object, Bucket> buckets;

  /**
   * @param enabled whether anything is refused at all
   * @param burst how many at once
   * @param perSecond how many a second in the long run
   */
  public RateBuckets(boolean enabled, int burst, double perSecond) {
    this(enabled, burst, perSecond, System::nanoTime);
  }

  RateBuckets(boolean enabled, int burst, double perSecond, LongSupplier nanoTime) {
    this.enabled = enabled;
    this.burst = burst;
    this.perSecond = perSecond;
    this.nanoTime = nanoTime;
    // One that has filled up again is as good as new.
    Duration full = Duration.ofMillis((long) Math.ceil(burst / perSecond * 1_000));
    this.buckets =
        Caffeine.newBuilder()
            .expireAfterAccess(full)
            .maximumSize(KEYS)
            .ticker(nanoTime::getAsLong)
            .build();
  }

  /**
   * Takes one, or only looks.
   *
   * @param take whether it is taken when there is one
   * @return zero when there is one; else how long until there is
   */
  public Duration take(Object key, boolean take) {
    if (!enabled) {
      return Duration.ZERO;
    }
    Bucket bucket = Objects.requireNonNull(buckets.get(key, _ -> newBucket()));
    synchronized (bucket) {
      long now = nanoTime.getAsLong();
      double seconds = (now - bucket.filledAt) / (double) TimeUnit.SECONDS.toNanos(1);
      bucket.tokens = Math.min(burst, bucket.tokens + seconds * perSecond);
      bucket.filledAt = now;
      if (bucket.tokens < 1) {
        return Duration.ofMillis((long) Math.ceil((1 - bucket.tokens) / perSecond * 1_000));
      }
      if (take) {
        bucket.tokens--;
      }
      return Duration.ZERO;
    }
  }

  private Bucket newBucket() {
    Bucket bucket = new Bucket();
    bucket.tokens = burst;
    bucket.filledAt = nanoTime.getAsLong();
    return bucket;
  }
}
