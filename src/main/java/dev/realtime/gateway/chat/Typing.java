package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.room.Audience;
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
public final class Typing implements ConnectionListener {

  private static final Duration LASTS = ChatEvent.Typing.LASTS;
  private static final Duration AT_MOST_EVERY = Duration.ofSeconds(3);

  /** Rooms with more connections than this are not told. */
  private static final int LARGEST_ROOM = 100;

  private record Key(String chatId, String userId) {}

  /**
   * Somebody who types, or did a moment ago.
   *
   * @param connectionId where; null when it has ended
   * @param told whether the room has been told that it goes on
   * @param next what happens by itself: the room is told again, or it ends
   * @param toldAt when the room was last told that it goes on
   * @param endsAt when it ends unless the typist goes on
   */
  private record Active(
      @Nullable String connectionId, Timeout next, boolean told, long toldAt, long endsAt) {

    /** Whether it goes on for longer than the room has been told. */
    boolean isLongerThanTold() {
      return connectionId != null && (!told || endsAt - toldAt > LASTS.toNanos());
    }
  }

  private final ConcurrentMap<Key, Active> active = new ConcurrentHashMap<>();
  private final RoomPublisher publisher;
  private final ConnectionTimer timer;

  Typing(RoomPublisher publisher, ConnectionTimer timer) {
    this.publisher = publisher;
    this.timer = timer;
  }

  /** The user types in a chat, or no longer. */
  public void set(Connection connection, String chatId, boolean isTyping) {
    if (isTyping) {
      start(connection, chatId);
    } else {
      end(chatId, connection.userId());
    }
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
              }
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
    // Members end it by themselves a while after they were told: they are told again in time.
    Timeout again = timer.after(Duration.ofNanos(rest), () -> tellAgain(key));
    return new Active(connectionId, again, before.told(), before.toldAt(), end);
  }

  private Timeout endAfter(Duration time, Key key) {
    return timer.after(time, () -> end(key.chatId(), key.userId()));
  }

  private void tellAgain(Key key) {
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

  /** Ends typing that is as it was read; false if it has changed meanwhile. */
  private boolean end(Key key, Active before) {
    // The room may hear of this user again only after a while, so the end is kept until then.
    Timeout forget = timer.after(AT_MOST_EVERY, () -> forget(key));
    Active ended = new Active(null, forget, false, before.toldAt(), before.endsAt());
    if (!active.replace(key, before, ended)) {
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
        // A room that has grown meanwhile is told of the end all the same, if it knew of it.
        Audience.others(key.userId(), isTyping ? LARGEST_ROOM : 0));
  }
}
