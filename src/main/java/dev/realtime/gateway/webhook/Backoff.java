package dev.realtime.gateway.webhook;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** The pauses of a queue after failed attempts, each ± 20 % and at most half an hour. */
final class Backoff {

  /** No pause is longer, also if the receiver asks for it. */
  static final Duration LONGEST = Duration.ofMinutes(30);

  private static final int STEPS = 20;

  private final Duration first;

  /**
   * Creates pauses.
   *
   * @param first the pause after the first failed attempt
   */
  Backoff(Duration first) {
    this.first = first;
  }

  /**
   * Returns the pause after an attempt without an answer, or with one that says nothing about the
   * event: twice as long each time.
   *
   * @param failures such attempts in a row, including the last one; at least 1
   */
  Duration afterFailure(int failures) {
    return pause(2, failures);
  }

  /**
   * Returns the pause after a refusal: three times as long each time, so that a receiver that is
   * being deployed has 40 seconds before the fifth.
   *
   * @param refusals refusals in a row, including the last one; at least 1
   */
  Duration afterRefusal(int refusals) {
    return pause(3, refusals);
  }

  private Duration pause(int factor, int attempts) {
    double millis = (double) first.toMillis() * Math.pow(factor, Math.min(attempts - 1, STEPS));
    // Jitter spreads the retries of queues that failed together.
    double jitter = ThreadLocalRandom.current().nextDouble(0.8, 1.2);
    return Duration.ofMillis(Math.round(Math.min(millis, (double) LONGEST.toMillis()) * jitter));
  }
}
