package dev.realtime.gateway.load;

/** Decides when somebody speaks; it stops by itself when the run's time is over. */
interface Pacemaker {

  void begin();

  /** Called each second: looks whether an answer it waits for will never come. */
  default void tick() {}
}
