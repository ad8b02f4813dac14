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

  private record Active(String connectionId, Timeout end, long pushedAt) {}

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
    Active entry =
        active.compute(
            key,
            (_, before) -> {
              if (before == null) {
                return new Active(connection.id(), end, now);
              }
              before.end().cancel();
              boolean due = now - before.pushedAt() >= AT_MOST_EVERY.toNanos();
              return new Active(connection.id(), end, due ? now : before.pushedAt());
            });
    if (entry.pushedAt() == now) {
      push(key, true);
    }
  }

  /** Ends the user's typing in a chat, if there is any. */
  void end(String chatId, String userId) {
    Key key = new Key(chatId, userId);
    Active ended = active.remove(key);
    if (ended != null) {
      ended.end().cancel();
      push(key, false);
    }
  }

  @Override
  public void closed(Connection connection) {
    if (active.isEmpty()) {
      return;
    }
    active.forEach((key, entry) -> {
      if (entry.connectionId().equals(connection.id())) {
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
