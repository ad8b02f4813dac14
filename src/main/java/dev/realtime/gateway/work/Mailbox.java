package dev.realtime.gateway.work;

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
 * Runs tasks one at a time, in the order of their calls, on the thread of the caller that finds the
 * mailbox idle. Tasks are short and never block, so the mailbox holds few of them.
 */
public final class Mailbox {

  private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger due = new AtomicInteger();
  private final Scheduler scheduler;

  /**
   * Creates an idle mailbox.
   *
   * @param scheduler runs delayed tasks
   */
  public Mailbox(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Runs a task after the tasks before it: now, or on the thread that runs those. */
  public void run(Runnable task) {
    tasks.add(task);
    if (due.getAndIncrement() == 0) {
      drain();
    }
  }

  /** Runs a task after a time, unless the caller disposes of it before. */
  public Disposable after(Duration delay, Runnable task) {
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

  /** Runs a task. The next tasks belong to other callers, so no failure may stop them. */
  private static void runNow(Runnable task) {
    try {
      task.run();
    } catch (Throwable failure) {
      log.error("A task failed", failure);
    }
  }
}
