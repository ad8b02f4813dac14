package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseTest {

  private static final Duration LENGTH = Duration.ofSeconds(30);

  @Test
  void lastsWhatIsLeftOfIt() {
    long twentyAgo = System.nanoTime() - Duration.ofSeconds(20).toNanos();
    Lease lease = new Lease(twentyAgo, LENGTH);

    assertThat(lease.lasts(Duration.ofSeconds(5))).isTrue();
    assertThat(lease.lasts(Duration.ofSeconds(11))).isFalse();
  }

  @Test
  void beginsAnewWhenExtendedAndEndsWhenLost() {
    long longAgo = System.nanoTime() - Duration.ofMinutes(5).toNanos();
    Lease lease = new Lease(longAgo, LENGTH);
    assertThat(lease.lasts(Duration.ZERO)).isFalse();

    lease.extended(true, System.nanoTime());
    assertThat(lease.lasts(Duration.ofSeconds(20))).isTrue();

    lease.extended(false, System.nanoTime());
    assertThat(lease.lasts(Duration.ZERO)).isFalse();
  }
}
