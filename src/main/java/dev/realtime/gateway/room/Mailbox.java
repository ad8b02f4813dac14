package dev.realtime.gateway.room;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Runs tasks one at a time and in the order they came, on the thread of whoever finds it idle.
 * Tasks are short and never wait, so it holds no more of them than there are threads that call.
 */
final class Mailbox {

  private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger due = new AtomicInteger();
  private final Scheduler scheduler;

  /**
   * @param scheduler brings back the tasks that wait for their time
   */
  Mailbox(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  void run(Runnable task) {
    tasks.add(task);
    if (due.getAndIncrement() == 0) {
      drain();
    }
  }

  /** Runs a task after a time, unless the caller disposes of it before. */
  Disposable after(Duration delay, Runnable task) {
    return scheduler.schedule(() -> run(task), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void drain() {
    do {
      Runnable task = tasks.poll();
      if (task != null) {
        runNow(task);
      }
    } while (due.decrementAndGet() > 0);
  }

  /** The tasks behind it belong to others: one failure, of whatever kind, must not hold them up. */
  private static void runNow(Runnable task) {
    try {
      task.run();
    } catch (Throwable failure) {
      log.error("A task of a room failed", failure);
    }
  }
}
