package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.RepeatedTest;

class BackoffTest {

  private static final Duration LONGEST = Duration.ofMinutes(36);

  @RepeatedTest(20)
  void doublesFromASecondToHalfAnHourWithJitter() {
    assertThat(Backoff.after(1)).isBetween(Duration.ofMillis(800), Duration.ofMillis(1_200));
    assertThat(Backoff.after(4)).isBetween(Duration.ofMillis(6_400), Duration.ofMillis(9_600));
    assertThat(Backoff.after(12)).isBetween(Duration.ofMinutes(24), LONGEST);
    assertThat(Backoff.after(Integer.MAX_VALUE)).isBetween(Duration.ofMinutes(24), LONGEST);
  }
}
