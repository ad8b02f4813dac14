package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionListener;
import dev.realtime.gateway.session.ConnectionTimer;
import io.netty.util.Timeout;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Who is typing on this instance. Typing ends by itself, when the user sends, leaves or
 * disconnects; it is never stored.
 */
@Component
final class Typing implements ConnectionListener {

  private static final Duration LASTS = Duration.ofSeconds(6);
  private static final Duration AT_MOST_EVERY = Duration.ofSeconds(3);

  /** Rooms with more connections than this are not told. */
  private static final int LARGEST_ROOM = 100;

  private record Key(String chatId, String userId) {}

  /**
   * Somebody who types, or did a moment ago.
   *
   * @param connectionId where; null when it has ended
   * @param told whether the room has been told that it goes on
   * @param toldAt when the room was last told that it began
   */
  private record Active(@Nullable String connectionId, Timeout next, boolean told, long toldAt) {}

  private final ConcurrentMap<Key, Active> active = new ConcurrentHashMap<>();
  private final RoomPublisher publisher;
  private final ConnectionTimer timer;

  Typing(RoomPublisher publisher, ConnectionTimer timer) {
    this.publisher = publisher;
    this.timer = timer;
  }

  /** The user types in a chat, or no longer. */
  void set(Connection connection, String chatId, boolean isTyping) {
    if (isTyping) {
      start(connection, chatId);
    } else {
      end(chatId, connection.userId());
    }
  }

  private void start(Connection connection, String chatId) {
    Key key = new Key(chatId, connection.userId());
    Timeout end = timer.after(LASTS, () -> end(chatId, connection.userId()));
    long now = System.nanoTime();
    boolean[] due = new boolean[1];
    active.compute(
        key,
        (_, before) -> {
          due[0] = before == null || now - before.toldAt() >= AT_MOST_EVERY.toNanos();
          if (before != null) {
            before.next().cancel();
          }
          return due[0] || before == null
              ? new Active(connection.id(), end, true, now)
              : new Active(connection.id(), end, before.told(), before.toldAt());
        });
    if (due[0]) {
      push(key, true);
    }
  }

  /** Ends the user's typing in a chat, if there is any. */
  void end(String chatId, String userId) {
    Key key = new Key(chatId, userId);
    boolean[] told = new boolean[1];
    active.computeIfPresent(
        key,
        (_, before) -> {
          if (before.connectionId() == null) {
            return before;
          }
          told[0] = before.told();
          before.next().cancel();
          // Kept until the room may be told again: who begins anew within that time is not told.
          Timeout forget = timer.after(AT_MOST_EVERY, () -> forget(key));
          return new Active(null, forget, false, before.toldAt());
        });
    if (told[0]) {
      push(key, false);
    }
  }

  private void forget(Key key) {
    active.computeIfPresent(key, (_, present) -> present.connectionId() == null ? null : present);
  }

  @Override
  public void closed(Connection connection) {
    if (active.isEmpty()) {
      return;
    }
    active.forEach((key, entry) -> {
      if (connection.id().equals(entry.connectionId())) {
        end(key.chatId(), key.userId());
      }
    });
  }

  private void push(Key key, boolean isTyping) {
    publisher.publish(
        RoomId.chat(key.chatId()),
        new ChatEvent.Typing(key.chatId(), key.userId(), isTyping),
        Audience.others(key.userId(), LARGEST_ROOM));
  }
}
