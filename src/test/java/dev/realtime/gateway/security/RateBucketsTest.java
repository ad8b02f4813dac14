package dev.realtime.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RateBucketsTest {

  private final AtomicLong now = new AtomicLong();

  private RateBuckets buckets(boolean enabled) {
    return new RateBuckets(enabled, 3, 2, now::get);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private static void empty(RateBuckets buckets, String key) {
    IntStream.range(0, 3).forEach(_ -> assertThat(buckets.take(key, true)).isZero());
  }

  @Test
  void givesABurstAndThenSoManyASecond() {
    RateBuckets buckets = buckets(true);
    empty(buckets, "alice");

    assertThat(buckets.take("alice", true)).isEqualTo(Duration.ofMillis(500));
    pass(Duration.ofMillis(500));
    assertThat(buckets.take("alice", true)).isZero();
    assertThat(buckets.take("alice", true)).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void tellsTheTruthAboutWhenToTryAgain() {
    RateBuckets buckets = buckets(true);
    empty(buckets, "alice");
    pass(Duration.ofMillis(200));

    Duration wait = buckets.take("alice", true);

    assertThat(wait).isEqualTo(Duration.ofMillis(300));
    pass(wait);
    assertThat(buckets.take("alice", true)).isZero();
  }

  @Test
  void holdsNoMoreThanTheBurst() {
    RateBuckets buckets = buckets(true);
    empty(buckets, "alice");
    pass(Duration.ofHours(1));
    empty(buckets, "alice");
    assertThat(buckets.take("alice", true)).isPositive();
  }

  @Test
  void lookingTakesNothing() {
    RateBuckets buckets = buckets(true);
    IntStream.range(0, 10).forEach(_ -> assertThat(buckets.take("alice", false)).isZero());
    empty(buckets, "alice");
  }

  @Test
  void keysDoNotKnowEachOther() {
    RateBuckets buckets = buckets(true);
    empty(buckets, "alice");
    empty(buckets, "bob");
  }

  @Test
  void refusesNothingWhenSwitchedOff() {
    RateBuckets buckets = buckets(false);
    IntStream.range(0, 100).forEach(_ -> assertThat(buckets.take("alice", true)).isZero());
  }
}
