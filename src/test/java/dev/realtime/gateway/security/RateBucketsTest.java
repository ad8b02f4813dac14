package dev.realtime.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.time.Duration;
import java.util.Objects;
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
    IntStream.range(0, 3).forEach(_ -> buckets.take(key));
  }

  /** The time a refused caller is told to wait. */
  private static Duration refusal(Runnable taking) {
    GatewayException refused = catchThrowableOfType(GatewayException.class, taking::run);
    assertThat(refused.code()).isEqualTo(ErrorCode.RATE_LIMITED);
    return Objects.requireNonNull(refused.retryAfter());
  }

  @Test
  void givesABurstAndThenSoManyASecond() {
    RateBuckets buckets = buckets(true);
    empty(buckets, "alice");

    assertThat(refusal(() -> buckets.take("alice"))).isEqualTo(Duration.ofMillis(500));
    pass(Duration.ofMillis(500));
    buckets.take("alice");
    assertThat(refusal(() -> buckets.take("alice"))).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void tellsTheTruthAboutWhenToTryAgain() {
    RateBuckets buckets = buckets(true);
    empty(buckets, "alice");
    pass(Duration.ofMillis(200));

    Duration wait = refusal(() -> buckets.take("alice"));

    assertThat(wait).isEqualTo(Duration.ofMillis(300));
    pass(wait);
    buckets.take("alice");
  }

  @Test
  void holdsNoMoreThanTheBurst() {
    RateBuckets buckets = buckets(true);
    empty(buckets, "alice");
    pass(Duration.ofHours(1));
    empty(buckets, "alice");
    assertThat(refusal(() -> buckets.take("alice"))).isPositive();
  }

  @Test
  void takesNothingForLooking() {
    RateBuckets buckets = buckets(true);
    IntStream.range(0, 10).forEach(_ -> buckets.check("alice"));
    assertThat(buckets.has("alice")).isTrue();
    empty(buckets, "alice");
    assertThat(buckets.has("alice")).isFalse();
    assertThat(refusal(() -> buckets.check("alice"))).isEqualTo(Duration.ofMillis(500));
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
    IntStream.range(0, 100).forEach(_ -> buckets.take("alice"));
  }
}
