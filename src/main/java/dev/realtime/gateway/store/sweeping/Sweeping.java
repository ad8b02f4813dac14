package dev.realtime.gateway.store.sweeping;

import dev.realtime.gateway.work.Running;
import dev.realtime.gateway.work.RunningPart;

/** A component whose sweeper runs as long as the application does. */
public interface Sweeping extends RunningPart {

  /** The component's sweeper: one object, which every call gives. */
  Sweeper sweeper();

  @Override
  default Running running() {
    return sweeper().running();
  }
}
