package dev.realtime.gateway.work;

import org.springframework.context.SmartLifecycle;

/** A component with work that runs as long as the application does. */
public interface RunningPart extends SmartLifecycle {

  /** The component's work: one object, which every call gives. */
  Running running();

  /** When the work stops. */
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
