package dev.realtime.gateway.store;

import org.springframework.context.SmartLifecycle;

/** A component whose sweeper runs as long as the application does. */
public interface Sweeping extends SmartLifecycle {

  /** The same at every call. */
  Sweeper sweeper();

  @Override
  default void start() {
    sweeper().start();
  }

  @Override
  default void stop() {
    sweeper().stop();
  }

  @Override
  default boolean isRunning() {
    return sweeper().isRunning();
  }
}
