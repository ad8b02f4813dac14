package dev.realtime.gateway.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
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
    // A bucket that has filled up again is as good as a new one.
    Duration full = Duration.ofMillis((long) Math.ceil(burst / perSecond * 1_000));
    this.buckets =
        Caffeine.newBuilder()
            .expireAfterAccess(full)
            .maximumSize(KEYS)
            .ticker(nanoTime::getAsLong)
            .build();
  }

  /** Takes a token; fails with {@code rate_limited} if there is none. */
  public void take(Object key) {
    require(timeLeft(key, 1));
  }

  /** Fails with {@code rate_limited} if there is no token, but takes none. */
  public void check(Object key) {
    require(timeLeft(key, 0));
  }

  /** Whether there is a token. */
  public boolean has(Object key) {
    return timeLeft(key, 0).isZero();
  }

  private static void require(Duration wait) {
    if (!wait.isZero()) {
      throw GatewayException.retryLater(ErrorCode.RATE_LIMITED, wait);
    }
  }

  /** The time until there is a token; zero if there is one, of which this many are then taken. */
  private Duration timeLeft(Object key, int taken) {
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
      bucket.tokens -= taken;
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
