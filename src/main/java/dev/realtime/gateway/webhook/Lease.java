package dev.realtime.gateway.webhook;

import java.time.Duration;

/**
 * For how long this instance alone may send for a subject. Counted from before the database was
 * asked, by a clock that nobody sets: it ends here before it ends there.
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

  /** Whether at least so much of it is left. */
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
