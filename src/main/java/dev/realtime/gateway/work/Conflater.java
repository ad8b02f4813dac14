package dev.realtime.gateway.work;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Scheduler;

/**
 * Runs at most one action per key and window: the first action runs at once; of the actions
 * submitted within the window only the last runs, at the end of the window.
 *
 * @param <K> the key; a later action replaces an earlier one of the same key
 */
public final class Conflater<K> {

  private static final Optional<Runnable> NOTHING = Optional.empty();

  /** The action due at the end of each open window; empty if none has been submitted. */
  private final ConcurrentMap<K, Optional<Runnable>> windows = new ConcurrentHashMap<>();

  private final Duration window;
  private final Scheduler scheduler;

  /**
   * Creates a conflater whose windows have not begun.
   *
   * @param scheduler measures the windows and runs the actions at their ends
   */
  public Conflater(Duration window, Scheduler scheduler) {
    this.window = window;
    this.scheduler = scheduler;
  }

  /** Runs the action now, or at the end of the open window in place of an earlier one. */
  public void submit(K key, Runnable action) {
    if (NOTHING.equals(windows.merge(key, NOTHING, (_, _) -> Optional.of(action)))) {
      closeLater(key);
      action.run();
    }
  }

  private void closeLater(K key) {
    scheduler.schedule(() -> close(key), window.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Closes a window, and opens the next one if an action is due. Only this method closes windows,
   * so the replacement cannot race with another one.
   */
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
