package dev.realtime.gateway.bus;

import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Work of one event loop that many ask for in a turn, and that is then done once. */
final class TurnEnd {

  private final EventLoop loop;
  private final Runnable work;
  private final AtomicBoolean due = new AtomicBoolean();

  TurnEnd(EventLoop loop, Runnable work) {
    this.loop = loop;
    this.work = work;
  }

  /**
   * Asks for the work. It is done at the end of the turn when the loop itself is asking, else as
   * soon as the loop gets to it.
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
    due.set(false);
    work.run();
  }
}
