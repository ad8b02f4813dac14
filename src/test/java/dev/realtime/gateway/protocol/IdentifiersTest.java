package dev.realtime.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The ids ascend within an instance and tell when they were created. */
class IdentifiersTest {

  private static final long NOW = Instant.parse("2030-01-01T00:00:00Z").toEpochMilli() << 12;

  @Test
  void ascendsWithinAMillisecond() {
    UUID last = Identifiers.next();
    for (int i = 0; i < 10_000; i++) {
      UUID next = Identifiers.next();
      assertThat(Long.compareUnsigned(next.getMostSignificantBits(), last.getMostSignificantBits()))
          .isPositive();
      last = next;
    }
    assertThat(Identifiers.madeAt(last))
        .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(11));
  }

  @Test
  void staysAheadOfAClockThatWentBackALittle() {
    long last = NOW + ticks(Duration.ofSeconds(9));

    assertThat(Identifiers.following(last, NOW)).isEqualTo(last + 1);
  }

  @Test
  void followsAClockThatWasWrongForAMoment() {
    long last = NOW + ticks(Duration.ofHours(1));

    assertThat(Identifiers.following(last, NOW)).isEqualTo(NOW);
  }

  private static long ticks(Duration time) {
    return time.toMillis() << 12;
  }
}
