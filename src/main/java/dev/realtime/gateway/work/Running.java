package dev.realtime.gateway.work;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/** Work that runs from its start to its stop, and can be started again. Thread-safe. */
public final class Running {

  private final Supplier<? extends Disposable> work;
  private @Nullable Disposable current; // guarded by this

  /**
   * Creates work that is not running yet.
   *
   * @param work begins the work, and returns the disposable that ends it
   */
  public Running(Supplier<? extends Disposable> work) {
    this.work = work;
  }

  /** Begins the work, unless it is running. */
  public synchronized void start() {
    if (current == null) {
      current = work.get();
    }
  }

  /** Ends the work; does nothing if it is not running. */
  public synchronized void stop() {
    if (current != null) {
      current.dispose();
      current = null;
    }
  }

  public synchronized boolean isRunning() {
    return current != null;
  }
}
