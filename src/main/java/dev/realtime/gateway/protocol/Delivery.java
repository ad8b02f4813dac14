package dev.realtime.gateway.protocol;

import java.time.Duration;

/**
 * How an event reaches the connections of a room: what may become of it where a connection is slow,
 * and whether it has a place among the room's lasting changes.
 */
public sealed interface Delivery {

  /**
   * The gateway never drops it: a connection that cannot take it is closed, and resumes.
   *
   * @param rev its number among the lasting changes of the room, from 1; 0 for an event outside
   *     their order
   * @param receipt whether the client's WebSocket stack is asked to confirm it: a ping that carries
   *     {@code rev} follows the frame, and its pong (RFC 6455, section 5.5.3) says that the frame
   *     has arrived
   */
  record Durable(long rev, boolean receipt) implements Delivery {}

  /**
   * A newer event with this key replaces an older one that still waits.
   *
   * @param key what it is the latest of
   */
  record Latest(String key) implements Delivery {}

  /** A slow connection may miss it. */
  record Sampled() implements Delivery {}

  /** A slow connection may miss it, but misses every {@link Sampled} event first. */
  record SampledLast() implements Delivery {}

  /** It is worth nothing later: a slow connection misses it. */
  sealed interface Ephemeral extends Delivery {

    /** What the event is about; equal for all events about it. */
    String key();
  }

  /**
   * Events with the same key that wait for a slow connection become one, with the sum of their
   * counts. The event itself is a {@link Countable}.
   *
   * @param count how many it stands for
   */
  record Counted(String key, int count) implements Ephemeral {}

  /**
   * Something begins that ends by itself, should nobody end it. The event itself is a {@link
   * Passing}.
   *
   * @param lasts how long it goes on unless an event with the same key renews or ends it
   */
  record Begins(String key, Duration lasts) implements Ephemeral {}

  /** Something that a {@link Begins} with the same key began has ended. */
  record Ends(String key) implements Ephemeral {}

  /** An event that must arrive, outside the order of the room's lasting changes. */
  static Durable durable() {
    return durable(0);
  }

  /** An event that must arrive, in the order of the room's lasting changes. */
  static Durable durable(long rev) {
    return new Durable(rev, false);
  }

  /** Its number among the lasting changes of the room; 0 for an event outside their order. */
  default long rev() {
    return this instanceof Durable durable ? durable.rev() : 0;
  }

  /** The delivery of a copy that goes to another room, where the number means nothing. */
  default Delivery unordered() {
    return rev() == 0 ? this : durable();
  }
}
