package dev.realtime.gateway.bus;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * What this instance hears on all its channels, and the rooms in which it is alone. Confined to the
 * loop of the bus, but for {@link #isAlone}.
 *
 * <p>An instance is alone in a room when no other one listens to the room's channel. It knows so
 * from a message of its own that one listener has got and that has come back. An instance that
 * begins to listen says hello, and from then on nobody is alone in the room.
 */
final class Hearings {

  /**
   * How long an instance that is alone does not publish. Then its next message renews the proof:
   * the bound on what others miss if a hello does not arrive.
   */
  private static final long TRUSTED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Map<String, Hearing> byChannel = new HashMap<>();
  private final ConcurrentMap<RoomId, Long> aloneUntil = new ConcurrentHashMap<>();

  /** Whether no other instance listens to the room's channel; for any thread. */
  boolean isAlone(RoomId room) {
    Long until = aloneUntil.get(room);
    return until != null && System.nanoTime() - until < 0;
  }

  /**
   * Redis has confirmed the subscription of a channel. Of a channel that is nobody's but a user's
   * nothing is kept until another instance publishes there: an instance has one per connection.
   */
  void begin(String channel) {
    if (RoomId.isShared(channel)) {
      byChannel.putIfAbsent(channel, new Hearing());
    }
  }

  /** The subscription of a channel ends, or Redis has been asked to end it. */
  void end(String channel) {
    if (byChannel.remove(channel) != null) {
      endSolitude(channel);
    }
  }

  /**
   * The connection is lost.
   *
   * @return whether this instance may have been alone somewhere
   */
  boolean endAll() {
    boolean wasAlone = !aloneUntil.isEmpty();
    aloneUntil.clear();
    byChannel.clear();
    return wasAlone;
  }

  /** A message of this instance has come back. */
  void echoed(String channel, long number) {
    Hearing hearing = byChannel.get(channel);
    if (hearing != null && hearing.echoed(number)) {
      alone(channel);
    }
  }

  /** Redis has told how many instances a message of this instance has reached. */
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

  /** Another instance has begun to listen. */
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

  /** Another instance's message has come. */
  Hearing.Arrival heard(String channel, BusMessage message) {
    Hearing hearing = byChannel.get(channel);
    if (hearing == null) {
      if (RoomId.isShared(channel)) {
        // Redis has been asked to end the subscription: this is the rest of it.
        return Hearing.IN_ORDER;
      }
      hearing = new Hearing();
      byChannel.put(channel, hearing);
    }
    return hearing.heard(message, System.nanoTime());
  }
}
