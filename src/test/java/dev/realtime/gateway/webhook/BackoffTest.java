package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.RepeatedTest;

class BackoffTest {

  private static final Duration LONGEST = Duration.ofMinutes(36);

  private final Backoff pauses = new Backoff(Duration.ofSeconds(1));

  @RepeatedTest(20)
  void pausesLessThanAMinuteBetweenFiveRefusals() {
    Duration all = Duration.ZERO;
    for (int refusals = 1; refusals < 5; refusals++) {
      all = all.plus(pauses.afterRefusal(refusals));
    }
    assertThat(all).isBetween(Duration.ofSeconds(32), Duration.ofSeconds(48));
  }

  @RepeatedTest(20)
  void doublesFromASecondToHalfAnHourWithJitter() {
    assertThat(pauses.afterFailure(1)).isBetween(Duration.ofMillis(800), Duration.ofMillis(1_200));
    assertThat(pauses.afterFailure(4))
        .isBetween(Duration.ofMillis(6_400), Duration.ofMillis(9_600));
    assertThat(pauses.afterFailure(12)).isBetween(Duration.ofMinutes(24), LONGEST);
    assertThat(pauses.afterFailure(Integer.MAX_VALUE)).isBetween(Duration.ofMinutes(24), LONGEST);
  }
}
