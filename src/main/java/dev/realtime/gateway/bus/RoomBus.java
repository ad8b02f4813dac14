package dev.realtime.gateway.bus;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Carries bytes between instances. It delivers a message at most once, and in order per room and
 * publishing instance, provided that one thread publishes after the other. The subscribers of the
 * publishing instance receive a message before {@link #publish} returns, even while the bus is
 * down.
 */
public interface RoomBus {

  /**
   * Publishes a message to all subscribers of a room, on all instances: to those of this instance
   * on the calling thread. Returns at once and never throws.
   */
  void publish(RoomId room, Message message);

  /**
   * Subscribes to a room.
   *
   * @return completes with the subscription once it is active: messages published afterwards
   *     arrive. While the bus is down it completes too, and {@link Subscriber#interrupted} follows
   *     later. Disposing the subscription ends it.
   */
  Mono<Disposable> subscribe(RoomId room, Subscriber subscriber);

  /**
   * Returns how many instances listen to each of these rooms at the moment, which shows whether a
   * room has any member. A room without a listener is missing from the map. Fails while the bus is
   * down.
   */
  Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms);

  /** Returns the instances on the bus. */
  Instances instances();

  /** The instances of the gateway, as this one knows them by their beats. For any thread. */
  interface Instances {

    /** Returns the id by which this instance names itself; it changes with a restart. */
    String self();

    /**
     * Returns the ids of the other instances that have announced themselves. One that died silently
     * is among them for 15 seconds, since it may have lost only the bus.
     */
    Set<String> others();

    /** Announces this instance to the others, until the result is disposed: it stops then. */
    Disposable announce();
  }

  /**
   * Returns how many instances, this one included, received the latest message that this instance
   * published in a room; 1 while that is unknown. From any thread.
   */
  default int reach(RoomId room) {
    return 1;
  }

  /**
   * A message of the bus. It is encoded only if it leaves the instance; its bytes must not change.
   */
  @FunctionalInterface
  interface Message {

    /** Returns the message as the other instances receive it. */
    byte[] toBytes();

    /**
     * Returns whether a subscriber that misses the message can still learn what it said, because it
     * is stored. If such a message is lost, the bus interrupts the subscribers within about two
     * seconds; it does not notice the loss of another one unless a later message reveals it.
     */
    default boolean isRecorded() {
      return true;
    }

    /** Returns a message that consists of these bytes. */
    static Message of(byte[] bytes) {
      return () -> bytes;
    }
  }

  /**
   * A listener of a room. The bus calls it from any thread, and from several at once: the
   * publishing threads of this instance, and the thread that delivers messages of other instances,
   * one at a time. A subscriber must not block.
   */
  interface Subscriber {

    /** Receives a message; it is the published object itself if this instance published it. */
    void received(Message message);

    /** Reports that messages may have been lost: the bus was down and is up again. */
    void interrupted();

    /**
     * Reports that messages may have been lost since a known time.
     *
     * @param since start of the possible gap; by {@link System#nanoTime}
     */
    default void interrupted(long since) {
      interrupted();
    }
  }
}
