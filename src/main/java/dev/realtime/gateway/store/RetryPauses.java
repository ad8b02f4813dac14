package dev.realtime.gateway.store;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Scheduler;

/**
 * Chooses after how long refused callers should try again: at random, and later the longer the
 * outage lasts and the more callers this instance refuses. Thread-safe.
 */
final class RetryPauses {

  private static final long SHORTEST_MILLIS = 1_000;
  private static final long FIRST_MILLIS = 2_000;
  private static final long LONGEST_MILLIS = 30_000;

  /** How much of the longest pause the shortest one is: callers must not come together. */
  private static final int SPREAD = 6;

  /** Callers that may come back in a second: the pauses of more are spread over longer. */
  private static final int CALLERS_PER_SECOND = 1_000;

  private static final long WINDOW_MILLIS = 5_000;

  private final Scheduler clock;
  // Guarded by this.
  private long windowBegan;
  private long refused;
  private long refusedBefore;

  RetryPauses(Scheduler clock) {
    this.clock = clock;
    this.windowBegan = clock.now(TimeUnit.MILLISECONDS);
  }

  /**
   * Counts a refusal, and returns the pause for its caller.
   *
   * @param outage how long it has lasted
   */
  Duration next(Duration outage) {
    long spread = count() * 1_000 / CALLERS_PER_SECOND;
    long longest = Math.clamp(Math.max(outage.toMillis(), spread), FIRST_MILLIS, LONGEST_MILLIS);
    long shortest = Math.max(SHORTEST_MILLIS, longest / SPREAD);
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(shortest, longest + 1));
  }

  /** Returns how many were refused in the last five to ten seconds, this one included. */
  private synchronized long count() {
    long windows = (clock.now(TimeUnit.MILLISECONDS) - windowBegan) / WINDOW_MILLIS;
    if (windows > 0) {
      refusedBefore = windows == 1 ? refused : 0;
      refused = 0;
      windowBegan += windows * WINDOW_MILLIS;
    }
    refused++;
    return refused + refusedBefore;
  }
}
