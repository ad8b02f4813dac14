package dev.realtime.gateway.protocol;

/** An event that starts a state which expires by itself after a while. */
public interface Passing {

  /** Returns the event that reports the end of the state. */
  Event end();
}
