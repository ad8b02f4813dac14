package dev.realtime.gateway.bus;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Work of one event loop that runs once per turn, however many callers request it. A pause may
 * follow the work; requests during the pause share one run at its end.
 */
final class TurnEnd {

  private final EventLoop loop;
  private final Runnable work;
  private final long restNanos;
  private final AtomicBoolean due = new AtomicBoolean();
  // Used on the loop only.
  private long doneAt;

  TurnEnd(EventLoop loop, Runnable work) {
    this(loop, Duration.ZERO, work);
  }

  TurnEnd(EventLoop loop, Duration rest, Runnable work) {
    this.loop = loop;
    this.restNanos = rest.toNanos();
    this.work = work;
    this.doneAt = System.nanoTime() - restNanos;
  }

  /**
   * Requests the work. It runs at the end of the turn if the loop itself calls, otherwise as soon
   * as the loop reaches it, and never during the pause.
   *
   * @return false if the loop has ended, and the work never runs
   */
  boolean request() {
    if (!due.compareAndSet(false, true)) {
      return true;
    }
    try {
      LoopTurns.atEnd(loop, this::run);
      return true;
    } catch (RejectedExecutionException ended) {
      due.set(false);
      return false;
    }
  }

  private void run() {
    long rest = doneAt + restNanos - System.nanoTime();
    if (rest > 0) {
      // The work is still due, so requests meanwhile share it.
      var _ = loop.schedule(this::runNow, rest, TimeUnit.NANOSECONDS);
    } else {
      runNow();
    }
  }

  private void runNow() {
    doneAt = System.nanoTime();
    due.set(false);
    work.run();
  }
}
