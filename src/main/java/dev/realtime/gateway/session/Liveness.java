package dev.realtime.gateway.session;

import io.netty.util.Timeout;
import org.jspecify.annotations.Nullable;

/** When a client was last heard, and the timers that end its connection. */
final class Liveness {

  private volatile long lastInbound = System.nanoTime();

  /** When the last ping was written; before the first one, when the connection began. */
  private long lastPing = lastInbound - 1;

  // Guarded by this.
  private @Nullable Timeout deadline;
  private @Nullable Timeout silenceCheck;
  private boolean over;

  /** The client has sent something. */
  void heard() {
    lastInbound = System.nanoTime();
  }

  long silenceNanos() {
    return System.nanoTime() - lastInbound;
  }

  /** A ping is about to be written, on the event loop. */
  void pinged() {
    lastPing = System.nanoTime();
  }

  /** Whether the client has sent nothing since the last ping. On the event loop. */
  boolean owesPong() {
    return lastPing - lastInbound >= 0;
  }

  /** Replaces what ends the connection: first the wait for a token, then the token's end. */
  synchronized void deadline(Timeout next) {
    deadline = replaced(deadline, next);
  }

  /** Keeps the next look at how long the client has been silent. */
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

  /** Cancels the timers: until they are due they would keep the connection in memory. */
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
