package dev.realtime.gateway.session;

import java.util.concurrent.TimeUnit;

/** Counts the frames of one client that made no sense. Not thread-safe: they come one by one. */
final class ErrorCount {

  private static final long WINDOW = TimeUnit.MINUTES.toNanos(1);

  private long began;
  private int errors;

  /** Counts one; true when there were too many within a minute. */
  boolean isTooMany(int limit) {
    long now = System.nanoTime();
    if (errors == 0 || now - began > WINDOW) {
      began = now;
      errors = 0;
    }
    errors++;
    return errors >= limit;
  }
}
