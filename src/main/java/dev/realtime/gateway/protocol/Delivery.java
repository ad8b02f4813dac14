package dev.realtime.gateway.protocol;

import java.time.Duration;

/**
 * How an event reaches the connections of a room: whether a slow connection may miss it, and
 * whether it has a rev among the room's lasting changes.
 */
public sealed interface Delivery {

  /**
   * The gateway never drops the event: it closes a connection that cannot take it, and the client
   * resumes.
   *
   * @param rev the event's number among the lasting changes of the room, from 1; 0 for an event
   *     outside their order
   * @param receipt whether the client's WebSocket stack must confirm the event: a ping that carries
   *     {@code rev} follows the frame, and its pong (RFC 6455, section 5.5.3) confirms that the
   *     frame has arrived
   */
  record Durable(long rev, boolean receipt) implements Delivery {}

  /**
   * A newer event with this key replaces an older one that still waits.
   *
   * @param key names the value of which the event is the latest
   */
  record Latest(String key) implements Delivery {}

  /** A slow connection may miss the event. */
  record Sampled() implements Delivery {}

  /** A slow connection may miss the event, but misses every {@link Sampled} event first. */
  record SampledLast() implements Delivery {}

  /** A slow connection misses the event, which has no value later. */
  sealed interface Ephemeral extends Delivery {

    /** Returns the key of the event's subject; events about one subject have equal keys. */
    String key();
  }

  /**
   * Events with the same key that wait for a slow connection merge into one with the sum of their
   * counts. The event itself is a {@link Countable}.
   *
   * @param count how many occurrences the event stands for
   */
  record Counted(String key, int count) implements Ephemeral {}

  /**
   * The event starts a state that expires by itself unless another event ends it. The event itself
   * is a {@link Passing}.
   *
   * @param lasts how long the state lasts unless an event with the same key renews or ends it
   */
  record Begins(String key, Duration lasts) implements Ephemeral {}

  /** The event ends the state that a {@link Begins} with the same key started. */
  record Ends(String key) implements Ephemeral {}

  /**
   * Returns the delivery of an event that must arrive, outside the order of the room's lasting
   * changes.
   */
  static Durable durable() {
    return durable(0);
  }

  /**
   * Returns the delivery of an event that must arrive, in the order of the room's lasting changes.
   */
  static Durable durable(long rev) {
    return new Durable(rev, false);
  }

  /**
   * Returns the event's number among the lasting changes of the room; 0 for an event outside their
   * order.
   */
  default long rev() {
    return this instanceof Durable durable ? durable.rev() : 0;
  }

  /** Returns the delivery of a copy that goes to another room, where the rev has no meaning. */
  default Delivery unordered() {
    return rev() == 0 ? this : durable();
  }
}
