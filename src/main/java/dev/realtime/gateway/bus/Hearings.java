package dev.realtime.gateway.bus;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * The messages that this instance receives on all its channels, and the rooms in which it is alone.
 * Confined to the loop of the bus, except {@link #isAlone} and {@link #reach}.
 *
 * <p>An instance is alone in a room when no other instance listens to the room's channel. The proof
 * is a message of its own that reached exactly one listener and came back. An instance that begins
 * to listen publishes a hello, and from then on no instance is alone in the room.
 */
final class Hearings {

  /**
   * How long an instance that is alone does not publish. After that its next message renews the
   * proof, which bounds the loss of other instances if a hello does not arrive.
   */
  private static final long TRUSTED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ConcurrentMap<String, Hearing> byChannel = new ConcurrentHashMap<>();
  private final ConcurrentMap<RoomId, Long> aloneUntil = new ConcurrentHashMap<>();

  /** Returns whether no other instance listens to the room's channel; for any thread. */
  boolean isAlone(RoomId room) {
    Long until = aloneUntil.get(room);
    return until != null && System.nanoTime() - until < 0;
  }

  /**
   * Returns how many instances, this one included, received the latest message of this instance in
   * a room; 1 while that is unknown. For any thread.
   */
  int reach(RoomId room) {
    Hearing hearing = byChannel.get(room.channel());
    return hearing == null ? 1 : Math.max(1, hearing.reach());
  }

  /**
   * Begins to track a channel whose subscription Redis has confirmed. A user's own channel is not
   * tracked until another instance publishes there, because an instance has one per connection.
   */
  void begin(String channel) {
    if (RoomId.isShared(channel)) {
      byChannel.putIfAbsent(channel, new Hearing());
    }
  }

  /** Ends the tracking of a channel whose subscription ends or is about to end. */
  void end(String channel) {
    if (byChannel.remove(channel) != null) {
      endSolitude(channel);
    }
  }

  /**
   * Ends the tracking of all channels after the connection is lost.
   *
   * @return whether this instance may have been alone in a room
   */
  boolean endAll() {
    boolean wasAlone = !aloneUntil.isEmpty();
    aloneUntil.clear();
    byChannel.clear();
    return wasAlone;
  }

  /** Records that a message of this instance came back. */
  void echoed(String channel, long number) {
    Hearing hearing = byChannel.get(channel);
    if (hearing != null && hearing.echoed(number)) {
      alone(channel);
    }
  }

  /** Records how many instances a message of this instance has reached. */
  void answered(String channel, long number, long heardBy) {
    Hearing hearing = byChannel.get(channel);
    if (hearing != null && hearing.answered(number, heardBy)) {
      alone(channel);
    }
  }

  private void alone(String channel) {
    if (RoomId.isShared(channel)) {
      aloneUntil.put(RoomId.ofChannel(channel), System.nanoTime() + TRUSTED_NANOS);
    }
  }

  /** Records that another instance has begun to listen. */
  void greeted(String channel) {
    Hearing hearing = byChannel.get(channel);
    if (hearing != null) {
      hearing.greeted();
      endSolitude(channel);
    }
  }

  private void endSolitude(String channel) {
    if (RoomId.isShared(channel)) {
      aloneUntil.remove(RoomId.ofChannel(channel));
    }
  }

  /** Returns whether this message of another instance, or a later one, has come on the channel. */
  boolean hasHeard(String channel, long instance, long number) {
    Hearing hearing = byChannel.get(channel);
    return hearing != null && hearing.lastOf(instance) >= number;
  }

  /** Records a message of another instance. */
  Hearing.Arrival heard(String channel, BusMessage message) {
    Hearing hearing = byChannel.get(channel);
    if (hearing == null) {
      if (RoomId.isShared(channel)) {
        // The subscription is about to end, and this message was still under way.
        return Hearing.IN_ORDER;
      }
      hearing = new Hearing();
      byChannel.put(channel, hearing);
    }
    return hearing.heard(message, System.nanoTime());
  }
}
