package dev.realtime.gateway.room;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks one at a time and in the order they came, on the thread of whoever finds it idle.
 * Tasks are short and never wait, so it holds no more of them than there are threads that call.
 */
final class Mailbox {

  private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger due = new AtomicInteger();

  void run(Runnable task) {
    tasks.add(task);
    if (due.getAndIncrement() == 0) {
      drain();
    }
  }

  private void drain() {
    do {
      Runnable task = tasks.poll();
      if (task != null) {
        runNow(task);
      }
    } while (due.decrementAndGet() > 0);
  }

  private static void runNow(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException failure) {
      // The tasks behind it belong to others: one failure must not hold them up for ever.
      log.error("A task of a room failed", failure);
    }
  }
}
