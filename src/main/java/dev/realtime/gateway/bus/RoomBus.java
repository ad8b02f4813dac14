package dev.realtime.gateway.bus;

import java.util.Collection;
import java.util.Map;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Carries frames between instances. Its promise: at most once, and in order per room and publishing
 * instance. An instance hears what it publishes itself through the bus too.
 */
public interface RoomBus {

  /**
   * Hands a message to all subscribers of a room, on all instances. Returns at once and never
   * throws; where the bus is away, the subscribers of this instance get it all the same.
   */
  void publish(RoomId room, byte[] message);

  /**
   * Begins to listen.
   *
   * @return completes with the subscription once it is active: what is published afterwards
   *     arrives. While the bus is away it completes too, and {@link Subscriber#interrupted} follows
   *     later. Disposing the subscription ends it.
   */
  Mono<Disposable> subscribe(RoomId room, Subscriber subscriber);

  /**
   * How many instances listen to each of these rooms at the moment: whether anybody, anywhere, is
   * in them. Rooms nobody listens to are missing. Fails while the bus is away.
   */
  Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms);

  /** One who listens to a room. Called from any thread, one message of a room at a time. */
  interface Subscriber {

    /** A message has arrived. */
    void received(byte[] message);

    /** Messages may have been lost: the bus was away and is back. */
    void interrupted();

    /**
     * Messages may have been lost, and the bus knows from when on.
     *
     * @param since by {@link System#nanoTime}
     */
    default void interrupted(long since) {
      interrupted();
    }
  }
}
