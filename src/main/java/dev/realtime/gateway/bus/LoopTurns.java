package dev.realtime.gateway.bus;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;

/**
 * The turns of an event loop: it reads what has come in, runs the tasks that are due, and begins
 * anew. What is held back until a turn's end leaves together and has not waited for anything.
 */
public final class LoopTurns {

  private LoopTurns() {}

  /**
   * Runs a task on the loop: at the end of the turn under way, after all other tasks, when the loop
   * itself is calling; else as soon as it gets to it.
   */
  public static void atEnd(EventLoop loop, Runnable task) {
    if (loop.inEventLoop() && loop instanceof SingleThreadEventLoop turning) {
      turning.executeAfterEventLoopIteration(task);
    } else {
      loop.execute(task);
    }
  }
}
