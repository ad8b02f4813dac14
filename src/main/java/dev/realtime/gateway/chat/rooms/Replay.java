package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.chat.MessageRepository;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.session.Connection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What one connection missed of one chat, up to the state its ack told: every message after its
 * position in its present state, then each older message that changed, then the position it brings
 * the client to. Read page by page as the socket drains, so that it never overflows the
 * connection's queue.
 */
final class Replay {

  private static final int PAGE = 50;

  private final MessageRepository messages;
  private final EnvelopeCodec codec;
  private final Connection connection;
  private final Place membership;
  private final ChatState goal;
  private final @Nullable Position from;

  /**
   * @param goal the state the ack told
   * @param from what the client has; null replays nothing
   */
  Replay(
      MessageRepository messages,
      EnvelopeCodec codec,
      Connection connection,
      Place membership,
      ChatState goal,
      @Nullable Position from) {
    this.messages = messages;
    this.codec = codec;
    this.connection = connection;
    this.membership = membership;
    this.goal = goal;
    this.from = from;
  }

  Connection connection() {
    return connection;
  }

  Place membership() {
    return membership;
  }

  /** The rev live delivery starts after. */
  long goalRev() {
    return goal.lastRev() == null ? 0 : goal.lastRev();
  }

  /** Whether there is no message to send: nothing was missed, or nothing is replayed. */
  boolean isEmpty() {
    return from == null
        || (from.seq() >= goal.lastSeq() && (from.rev() == null || from.rev() >= goalRev()));
  }

  /**
   * Completes when all is on its way, or the connection has left the room.
   *
   * @param check between the messages and the end, where there are messages: whether they are whole
   */
  Mono<Void> run(Mono<Void> check) {
    if (from == null) {
      return Mono.empty();
    }
    Mono<Void> whole = isEmpty() ? Mono.empty() : messages(from).then(check);
    return whole.then(Mono.defer(this::end));
  }

  private Mono<Void> messages(Position from) {
    Mono<Void> missed = pages(from.seq(), this::missedAfter, Message::seq, Message::asReplayed);
    Long rev = from.rev();
    return rev == null
        ? missed
        : missed.then(pages(rev, this::changedAfter, Message::rev, this::changed));
  }

  private Flux<Message> missedAfter(long seq) {
    return messages.messagesAfter(
        connection.userId(), goal.chatId(), seq, goal.lastSeq() + 1, PAGE);
  }

  private Flux<Message> changedAfter(long rev) {
    long known = from == null ? 0 : from.seq();
    return messages.changedAfter(connection.userId(), goal.chatId(), rev, known, PAGE);
  }

  private Event changed(Message message) {
    return new ChatEvent.MessageChanged(message.chatId(), message.rev(), message, true);
  }

  private Mono<Void> pages(
      long start,
      LongFunction<Flux<Message>> read,
      Function<Message, Long> key,
      Function<Message, Event> event) {
    AtomicLong position = new AtomicLong(start);
    AtomicBoolean more = new AtomicBoolean(true);
    return Mono.defer(() -> read.apply(position.get()).collectList())
        .flatMap(page -> {
          more.set(page.size() == PAGE && !membership.isEnded());
          page.stream().map(key).reduce((_, last) -> last).ifPresent(position::set);
          return send(page, event);
        })
        .repeat(more::get)
        .then();
  }

  private Mono<Void> send(List<Message> page, Function<Message, Event> event) {
    return Flux.fromIterable(page)
        .takeWhile(_ -> !membership.isEnded())
        .concatMap(message -> send(event.apply(message)), 1)
        .then();
  }

  /** A client that is lost before this resumes from its old position. */
  private Mono<Void> end() {
    return send(new ChatEvent.ReplayEnded(goal.chatId(), goal.lastSeq(), goalRev()));
  }

  private Mono<Void> send(Event event) {
    // Asked when it is sent: nothing may follow the ack of a leave.
    return connection.paced(Frame.direct(codec.encode(event)), () -> !membership.isEnded());
  }
}
