package dev.realtime.gateway.session;

import io.netty.util.Timeout;
import org.jspecify.annotations.Nullable;

/** The time at which a client was last heard, and the timers that end its connection. */
final class Liveness {

  private volatile long lastInbound = System.nanoTime();

  /** Time of the last ping written; before the first one, the start of the connection. */
  private long lastPing = lastInbound - 1;

  // Guarded by this.
  private @Nullable Timeout deadline;
  private @Nullable Timeout silenceCheck;
  private boolean over;
  private boolean leaving;

  /** Records that the client has sent something. */
  void heard() {
    lastInbound = System.nanoTime();
  }

  long silenceNanos() {
    return System.nanoTime() - lastInbound;
  }

  /** Records that a ping is about to be written, on the event loop. */
  void pinged() {
    lastPing = System.nanoTime();
  }

  /** Returns whether the client has sent nothing since the last ping. On the event loop. */
  boolean owesPong() {
    return lastPing - lastInbound >= 0;
  }

  /**
   * Forgets the last ping: the gateway has not read, so the pong may be among what is unread. On
   * the event loop.
   */
  void excuse() {
    lastPing = lastInbound - 1;
  }

  /**
   * Records that the connection must end with the instance; returns false if it was recorded
   * before.
   */
  synchronized boolean beginLeaving() {
    boolean first = !leaving;
    leaving = true;
    return first;
  }

  /**
   * Replaces the timer that ends the connection: first the wait for a token, then the token's
   * expiry.
   */
  synchronized void deadline(Timeout next) {
    deadline = replaced(deadline, next);
  }

  /** Replaces the timer of the next check for silence. */
  synchronized void silenceCheck(Timeout next) {
    silenceCheck = replaced(silenceCheck, next);
  }

  private @Nullable Timeout replaced(@Nullable Timeout before, Timeout next) {
    if (before != null) {
      before.cancel();
    }
    if (over) {
      next.cancel();
      return null;
    }
    return next;
  }

  /** Cancels the timers, which would otherwise keep the connection in memory until they are due. */
  synchronized void end() {
    over = true;
    if (deadline != null) {
      deadline.cancel();
      deadline = null;
    }
    if (silenceCheck != null) {
      silenceCheck.cancel();
      silenceCheck = null;
    }
  }
}
