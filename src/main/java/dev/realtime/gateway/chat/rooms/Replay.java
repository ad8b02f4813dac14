package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.PagedReplay;
import dev.realtime.gateway.store.Page;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Replays to one connection the messages of one chat that it missed, up to the state in its ack:
 * first every message after its position in its current state, then each older message that
 * changed, then the position at which the client is now.
 */
final class Replay {

  private final MissedMessages messages;
  private final EnvelopeCodec codec;
  private final Connection connection;
  private final Place place;
  private final ChatState goal;
  private final @Nullable Position from;
  private final long changed;

  /**
   * The start and the end of a replay.
   *
   * @param goal the state that the ack carries
   * @param from the position of the client; null replays nothing
   * @param changed how many messages up to the client's seq changed after its rev, up to the goal
   */
  record Gap(
      Connection connection, Place place, ChatState goal, @Nullable Position from, long changed) {}

  Replay(MissedMessages messages, EnvelopeCodec codec, Gap gap) {
    this.messages = messages;
    this.codec = codec;
    this.connection = gap.connection();
    this.place = gap.place();
    this.goal = gap.goal();
    this.from = gap.from();
    this.changed = gap.changed();
  }

  Connection connection() {
    return connection;
  }

  Place place() {
    return place;
  }

  /** Returns the {@code rev} after which live delivery starts. */
  long goalRev() {
    return goal.lastRev() == null ? 0 : goal.lastRev();
  }

  /** Returns whether the replay sends no message: the client missed none, or requested none. */
  boolean isEmpty() {
    return from == null
        || (from.seq() >= goal.lastSeq() && (from.rev() == null || from.rev() >= goalRev()));
  }

  /**
   * Sends the replay; completes when all frames are on their way or the connection has left the
   * room.
   *
   * @param check runs after the messages, if there are any, and before the final event: a removal
   *     may have cut the messages short
   */
  Mono<Void> run(Mono<Void> check) {
    if (from == null) {
      return Mono.empty();
    }
    Mono<Void> whole = isEmpty() ? Mono.empty() : messages(from).then(check);
    return whole.then(Mono.defer(this::end));
  }

  private Mono<Void> messages(Position from) {
    Mono<Void> missed =
        from.seq() >= goal.lastSeq()
            ? Mono.empty()
            : new PagedReplay<>(this::missedAfter, Message::seq)
                .send(from.seq(), this::isWanted, message -> send(message.asReplayed()));
    Long rev = from.rev();
    return rev == null || changed == 0
        ? missed
        : missed.then(
            new PagedReplay<>(this::changedAfter, Message::rev)
                .send(rev, this::isWanted, message -> send(changed(message))));
  }

  private boolean isWanted() {
    return !place.isEnded();
  }

  private Mono<Page<Message>> missedAfter(long seq) {
    return messages.after(connection.userId(), goal.chatId(), seq, goal.lastSeq());
  }

  private Mono<Page<Message>> changedAfter(long rev) {
    long known = from == null ? 0 : from.seq();
    return messages.changedAfter(connection.userId(), goal.chatId(), rev, known);
  }

  private Event changed(Message message) {
    return new ChatEvent.MessageChanged(message.chatId(), message.rev(), message, true);
  }

  /** Sends the last frame; a client that does not get it resumes from its old position. */
  private Mono<Void> end() {
    return send(new ChatEvent.ReplayEnded(goal.chatId(), goal.lastSeq(), goalRev()));
  }

  private Mono<Void> send(Event event) {
    // The place is checked at the moment of sending, because nothing may follow the ack of a leave.
    return connection.paced(Frame.direct(codec.encode(event)), this::isWanted);
  }
}
