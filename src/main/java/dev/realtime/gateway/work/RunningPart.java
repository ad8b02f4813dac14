package dev.realtime.gateway.work;

import org.springframework.context.SmartLifecycle;

/** A component with work that runs as long as the application does. */
public interface RunningPart extends SmartLifecycle {

  /** Returns the component's work; every call returns the same object. */
  Running running();

  /** Returns the place of the work in the order of shutdown. */
  default ShutdownOrder order() {
    return ShutdownOrder.BACKGROUND;
  }

  @Override
  default void start() {
    running().start();
  }

  @Override
  default void stop() {
    running().stop();
  }

  @Override
  default boolean isRunning() {
    return running().isRunning();
  }

  @Override
  default int getPhase() {
    return order().phase();
  }
}
