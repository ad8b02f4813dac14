package dev.realtime.gateway.protocol;

/** An event that tells of something which ends by itself after a while. */
public interface Passing {

  /** The event that tells of the end. */
  Event end();
}
