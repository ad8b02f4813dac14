package dev.realtime.gateway.store;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/**
 * What the log says of an outage of PostgreSQL: one line when it begins, one a minute while it
 * lasts, each with the cause, and one when it is over.
 */
final class Outage {

  private static final Logger log = LoggerFactory.getLogger(Outage.class);

  private static final long LINE_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Scheduler clock;
  private final LongAdder refused = new LongAdder();
  private volatile long refusedBefore;
  private volatile boolean lasting;
  private volatile long began;
  private long lastLine; // of the breaker's one question at a time

  Outage(Scheduler clock) {
    this.clock = clock;
  }

  /** Notes that PostgreSQL is down, or still down. */
  void goesOn(Throwable why) {
    long now = clock.now(TimeUnit.NANOSECONDS);
    if (!lasting) {
      began = now;
      lastLine = now;
      refusedBefore = refused.sum();
      lasting = true;
      log.error("PostgreSQL is down: {}", rootOf(why).toString());
    } else if (now - lastLine >= LINE_EVERY_NANOS) {
      lastLine = now;
      log.error(
          "PostgreSQL has been down for {} s, {} calls were refused: {}",
          length().toSeconds(),
          refused.sum() - refusedBefore,
          rootOf(why).toString());
    }
  }

  /** Notes that PostgreSQL answers. */
  void isOver() {
    if (lasting) {
      log.info(
          "PostgreSQL is back after {} s, {} calls were refused",
          length().toSeconds(),
          refused.sum() - refusedBefore);
      lasting = false;
    }
  }

  /** Counts a call that was refused because of the outage. */
  void refuses() {
    refused.increment();
  }

  /** Returns how many calls were refused because of any outage since the start. */
  double refused() {
    return refused.doubleValue();
  }

  /** Returns how long it has lasted; zero while PostgreSQL answers. */
  Duration length() {
    return lasting ? Duration.ofNanos(clock.now(TimeUnit.NANOSECONDS) - began) : Duration.ZERO;
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
