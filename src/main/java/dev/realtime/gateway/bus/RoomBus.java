package dev.realtime.gateway.bus;

import java.util.Collection;
import java.util.Map;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Carries bytes between instances. Its promise: at most once, and in order per room and publishing
 * instance, as far as one thread publishes after the other. The subscribers of the publishing
 * instance hear a message before {@link #publish} returns, whatever becomes of the bus.
 */
public interface RoomBus {

  /**
   * Hands a message to all subscribers of a room, on all instances: to those of this instance on
   * the calling thread. Returns at once and never throws.
   */
  void publish(RoomId room, Message message);

  /**
   * Begins to listen.
   *
   * @return completes with the subscription once it is active: what is published afterwards
   *     arrives. While the bus is down it completes too, and {@link Subscriber#interrupted} follows
   *     later. Disposing the subscription ends it.
   */
  Mono<Disposable> subscribe(RoomId room, Subscriber subscriber);

  /**
   * How many instances listen to each of these rooms at the moment: whether anybody, anywhere, is
   * in them. Rooms nobody listens to are missing. Fails while the bus is down.
   */
  Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms);

  /**
   * What the bus carries. A message is encoded only if it leaves the instance; its bytes must not
   * change.
   */
  @FunctionalInterface
  interface Message {

    /** The message as the other instances receive it. */
    byte[] toBytes();

    /** A message that consists of these bytes. */
    static Message of(byte[] bytes) {
      return () -> bytes;
    }
  }

  /**
   * One who listens to a room. The bus calls a subscriber from any thread, and several threads at
   * once: those that publish on this instance, and the one that brings what the others publish,
   * which brings one message at a time. A subscriber must not block.
   */
  interface Subscriber {

    /** A message has arrived: the very object that was published if this instance published it. */
    void received(Message message);

    /** Messages may have been lost: the bus was down and is up again. */
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
