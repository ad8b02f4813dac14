package dev.realtime.gateway.webhook;

import java.time.Duration;

/**
 * The time during which only this instance may send the events of a queue. It starts before the
 * database grants the lease and uses the monotonic clock, so it ends here before it ends there.
 */
final class Lease {

  private final Duration length;
  private volatile long begun;
  private volatile boolean lost;

  Lease(long begunNanos, Duration length) {
    this.begun = begunNanos;
    this.length = length;
  }

  Duration length() {
    return length;
  }

  /** Whether at least this much of the lease is left. */
  boolean lasts(Duration time) {
    return !lost && System.nanoTime() - begun < length.minus(time).toNanos();
  }

  void extended(boolean held, long begunNanos) {
    if (held) {
      begun = begunNanos;
    } else {
      lost = true;
    }
  }
}
