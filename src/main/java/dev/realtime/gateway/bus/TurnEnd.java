package dev.realtime.gateway.bus;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Work of one event loop that many ask for in a turn, and that is then done once. After it the work
 * may rest for a while: what is asked for meanwhile is done together at the end of the rest.
 */
final class TurnEnd {

  private final EventLoop loop;
  private final Runnable work;
  private final long restNanos;
  private final AtomicBoolean due = new AtomicBoolean();
  // On the loop only.
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
   * Asks for the work. It is done at the end of the turn when the loop itself is asking, else as
   * soon as the loop gets to it, and not before the rest is over.
   *
   * @return false when the loop has ended, and the work is never done
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
      // Still due: whoever asks meanwhile shares it.
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
