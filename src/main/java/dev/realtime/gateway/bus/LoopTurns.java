package dev.realtime.gateway.bus;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;

/**
 * The turns of an event loop: in each it reads its input and runs the tasks that are due. Output
 * that waits for the end of the turn leaves together and is not delayed.
 */
public final class LoopTurns {

  private LoopTurns() {}

  /**
   * Runs a task on the loop. If the loop itself calls, the task runs at the end of the present
   * turn, after all other tasks; otherwise it runs as soon as the loop reaches it.
   */
  public static void atEnd(EventLoop loop, Runnable task) {
    if (loop.inEventLoop() && loop instanceof SingleThreadEventLoop turning) {
      turning.executeAfterEventLoopIteration(task);
    } else {
      loop.execute(task);
    }
  }
}
