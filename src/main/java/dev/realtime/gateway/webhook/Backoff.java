package dev.realtime.gateway.webhook;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The pause of a subject after a failed attempt: 1 s, doubled each time up to 30 minutes, ± 20 %.
 */
final class Backoff {

  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(30);

  private Backoff() {}

  /**
   * Returns the pause after a failed attempt.
   *
   * @param failures failed attempts in a row, including the last one; at least 1
   */
  static Duration after(int failures) {
    int doublings = Math.min(failures - 1, 20);
    long millis = Math.min(FIRST.toMillis() << doublings, LONGEST.toMillis());
    // Jitter spreads the retries of subjects that failed together.
    return Duration.ofMillis(Math.round(millis * ThreadLocalRandom.current().nextDouble(0.8, 1.2)));
  }
}
