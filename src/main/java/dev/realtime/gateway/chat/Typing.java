package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionListener;
import dev.realtime.gateway.work.ConnectionTimer;
import io.netty.util.Timeout;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Tracks which users are typing on this instance. Typing ends when it times out, or when the user
 * sends, leaves or disconnects; it is never stored.
 */
@Component
public final class Typing implements ConnectionListener {

  private static final Duration LASTS = ChatEvent.Typing.LASTS;
  private static final Duration AT_MOST_EVERY = Duration.ofSeconds(3);

  /** The maximum number of connections in a room for typing to be published to it. */
  private static final int LARGEST_ROOM = 100;

  private record Key(String chatId, String userId) {}

  /**
   * A user who is typing, or was a moment ago.
   *
   * @param connectionId the connection of the user; null once typing has ended
   * @param told whether the typing has been published and not ended
   * @param next the scheduled action: publish the typing again, or end it
   * @param toldAt when the typing was last published
   * @param endsAt when typing ends unless the user continues
   */
  private record Active(
      @Nullable String connectionId, Timeout next, boolean told, long toldAt, long endsAt) {

    /** Returns whether typing lasts longer than the room's members assume from the last publish. */
    boolean isLongerThanTold() {
      return connectionId != null && (!told || endsAt - toldAt > LASTS.toNanos());
    }
  }

  private final ConcurrentMap<Key, Active> active = new ConcurrentHashMap<>();

  /** The keys of {@link #active} by connection, since a drain closes thousands of connections. */
  private final ConcurrentMap<String, Set<Key>> byConnection = new ConcurrentHashMap<>();

  private final RoomPublisher publisher;
  private final RoomRegistry rooms;
  private final ConnectionTimer timer;

  Typing(RoomPublisher publisher, RoomRegistry rooms, ConnectionTimer timer) {
    this.publisher = publisher;
    this.rooms = rooms;
    this.timer = timer;
  }

  /** Starts or ends the user's typing in a chat. */
  public void set(Connection connection, String chatId, boolean isTyping) {
    if (!isTyping) {
      end(chatId, connection.userId());
    } else if (!isLarge(chatId)) {
      start(connection, chatId);
    }
  }

  /** Returns whether so many connections are in the room that nobody there is told. */
  private boolean isLarge(String chatId) {
    return rooms.estimatedSize(RoomId.chat(chatId)) > LARGEST_ROOM;
  }

  private void start(Connection connection, String chatId) {
    Key key = new Key(chatId, connection.userId());
    long now = System.nanoTime();
    Active after =
        active.compute(
            key,
            (_, before) -> {
              if (before != null) {
                before.next().cancel();
                unindex(key, before);
              }
              index(connection.id(), key);
              return started(connection.id(), key, before, now);
            });
    if (after != null && after.toldAt() == now) {
      push(key, true);
    }
  }

  private Active started(String connectionId, Key key, @Nullable Active before, long now) {
    long end = now + LASTS.toNanos();
    long rest = before == null ? 0 : before.toldAt() + AT_MOST_EVERY.toNanos() - now;
    if (before == null || rest <= 0) {
      return new Active(connectionId, endAfter(LASTS, key), true, now, end);
    }
    // Clients end it on their own some time after the last publish, so publish it again before
    // that.
    Timeout again = timer.after(Duration.ofNanos(rest), () -> tellAgain(key));
    return new Active(connectionId, again, before.told(), before.toldAt(), end);
  }

  private Timeout endAfter(Duration time, Key key) {
    return timer.after(time, () -> end(key.chatId(), key.userId()));
  }

  private void index(String connectionId, Key key) {
    byConnection.compute(
        connectionId,
        (_, present) -> {
          Set<Key> keys = present == null ? new HashSet<>(1) : present;
          keys.add(key);
          return keys;
        });
  }

  private void unindex(Key key, Active entry) {
    if (entry.connectionId() != null) {
      byConnection.computeIfPresent(
          entry.connectionId(),
          (_, keys) -> {
            keys.remove(key);
            return keys.isEmpty() ? null : keys;
          });
    }
  }

  private void tellAgain(Key key) {
    if (isLarge(key.chatId())) {
      end(key.chatId(), key.userId());
      return;
    }
    long now = System.nanoTime();
    Active after =
        active.computeIfPresent(
            key,
            (_, before) ->
                before.isLongerThanTold()
                    ? new Active(
                        before.connectionId(),
                        endAfter(Duration.ofNanos(before.endsAt() - now), key),
                        true,
                        now,
                        before.endsAt())
                    : before);
    if (after != null && after.toldAt() == now) {
      push(key, true);
    }
  }

  /** Ends the user's typing in a chat, if there is any. */
  public void end(String chatId, String userId) {
    Key key = new Key(chatId, userId);
    Active before = active.get(key);
    while (before != null && before.connectionId() != null && !end(key, before)) {
      before = active.get(key);
    }
  }

  /** Ends typing if its entry is still the one given; returns false if it has changed meanwhile. */
  private boolean end(Key key, Active before) {
    // The entry limits how often typing is published for this user, so it stays for that interval.
    Timeout forget = timer.after(AT_MOST_EVERY, () -> forget(key));
    Active ended = new Active(null, forget, false, before.toldAt(), before.endsAt());
    Active after =
        active.computeIfPresent(
            key,
            (_, present) -> {
              if (!present.equals(before)) {
                return present;
              }
              unindex(key, before);
              return ended;
            });
    if (!ended.equals(after)) {
      forget.cancel();
      return false;
    }
    before.next().cancel();
    if (before.told()) {
      push(key, false);
    }
    return true;
  }

  private void forget(Key key) {
    active.computeIfPresent(key, (_, present) -> present.connectionId() == null ? null : present);
  }

  @Override
  public void closed(Connection connection) {
    Set<Key> keys = byConnection.remove(connection.id());
    if (keys != null) {
      keys.forEach(key -> endBy(connection.id(), key));
    }
  }

  /** Ends the typing of a connection, unless another connection of the user has taken it over. */
  private void endBy(String connectionId, Key key) {
    Active entry = active.get(key);
    if (entry != null && connectionId.equals(entry.connectionId())) {
      end(key.chatId(), key.userId());
    }
  }

  private void push(Key key, boolean isTyping) {
    publisher.publish(
        RoomId.chat(key.chatId()),
        new ChatEvent.Typing(key.chatId(), key.userId(), isTyping),
        // The end of typing is published even if the room has grown beyond the limit meanwhile.
        Audience.others(key.userId(), isTyping ? LARGEST_ROOM : 0));
  }
}
