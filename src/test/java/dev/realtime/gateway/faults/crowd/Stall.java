package dev.realtime.gateway.faults.crowd;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The times in which a device reads nothing, though its connection is open. Thread-safe. */
final class Stall {

  private volatile long until = System.nanoTime();
  private long total;

  synchronized void begin(long millis) {
    long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    until = System.nanoTime() + nanos;
    total += nanos;
  }

  /** Returns when the device reads again. */
  void await() {
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** How long it has read nothing altogether until now, in nanoseconds. */
  synchronized long nanos() {
    return total - Math.max(0, until - System.nanoTime());
  }
}
