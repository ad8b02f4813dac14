package dev.realtime.gateway.work;

import org.springframework.context.SmartLifecycle;

/**
 * The order in which the parts of the application stop, first to last; they start the other way
 * round. The web server stops between {@link #VIEWERS} and {@link #CLUSTER}: Spring Boot gives it
 * the phases {@code DEFAULT_PHASE - 1024} and {@code DEFAULT_PHASE - 2048}.
 */
public enum ShutdownOrder {

  /** Work in the background, which needs no client. */
  BACKGROUND(SmartLifecycle.DEFAULT_PHASE),

  /** The drain of connections, and the end of deliveries and imports in progress, all at once. */
  DRAIN(SmartLifecycle.DEFAULT_PHASE - 512),

  /**
   * The count of viewers and the comparison of rooms, which go on until the connections are
   * drained.
   */
  VIEWERS(SmartLifecycle.DEFAULT_PHASE - 768),

  /**
   * The cluster: other instances ask this one as long as its server runs, and know of it before.
   */
  CLUSTER(0);

  private final int phase;

  ShutdownOrder(int phase) {
    this.phase = phase;
  }

  /** Returns the phase for {@link SmartLifecycle#getPhase}. */
  public int phase() {
    return phase;
  }
}
