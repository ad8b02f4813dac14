package dev.realtime.gateway.chat;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * Runs at most one action per key and window: the first at once, and of those that follow within
 * the window only the last, at its end.
 *
 * @param <K> what actions replace each other
 */
final class Conflater<K> {

  private static final class Window {
    @Nullable Runnable latest;
  }

  private final ConcurrentMap<K, Window> windows = new ConcurrentHashMap<>();
  private final Duration window;
  private final Scheduler scheduler;

  Conflater(Duration window, Scheduler scheduler) {
    this.window = window;
    this.scheduler = scheduler;
  }

  /** Runs the action now, or in the place of an earlier one at the end of the window. */
  void submit(K key, Runnable action) {
    boolean[] first = new boolean[1];
    windows.compute(
        key,
        (_, open) -> {
          first[0] = open == null;
          Window current = open == null ? new Window() : open;
          current.latest = open == null ? null : action;
          return current;
        });
    if (first[0]) {
      closeLater(key);
      action.run();
    }
  }

  private void closeLater(K key) {
    scheduler.schedule(() -> close(key), window.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void close(K key) {
    @Nullable Runnable[] due = new Runnable[1];
    windows.computeIfPresent(
        key,
        (_, open) -> {
          due[0] = open.latest;
          open.latest = null;
          return due[0] == null ? null : open;
        });
    Runnable action = due[0];
    if (action != null) {
      closeLater(key);
      action.run();
    }
  }
}
