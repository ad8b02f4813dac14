package dev.realtime.gateway.chat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Scheduler;

/**
 * Runs at most one action per key and window: the first at once, and of those that follow within
 * the window only the last, at its end.
 *
 * @param <K> what actions replace each other
 */
final class Conflater<K> {

  private static final Optional<Runnable> NOTHING = Optional.empty();

  /** Per open window the action that is due at its end; empty while none has come. */
  private final ConcurrentMap<K, Optional<Runnable>> windows = new ConcurrentHashMap<>();

  private final Duration window;
  private final Scheduler scheduler;

  Conflater(Duration window, Scheduler scheduler) {
    this.window = window;
    this.scheduler = scheduler;
  }

  /** Runs the action now, or in the place of an earlier one at the end of the window. */
  void submit(K key, Runnable action) {
    if (NOTHING.equals(windows.merge(key, NOTHING, (_, _) -> Optional.of(action)))) {
      closeLater(key);
      action.run();
    }
  }

  private void closeLater(K key) {
    scheduler.schedule(() -> close(key), window.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Nothing else ends a window, so the next one can begin in its place. */
  private void close(K key) {
    if (windows.remove(key, NOTHING)) {
      return;
    }
    Optional<Runnable> due = windows.replace(key, NOTHING);
    if (due != null) {
      closeLater(key);
      due.ifPresent(Runnable::run);
    }
  }
}
