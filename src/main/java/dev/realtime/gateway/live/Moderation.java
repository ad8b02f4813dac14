package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.protocol.LiveEvent.Moderated;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomPublisher;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;

/**
 * How order is kept in a stream: who may, what is stored, who is told. Every action leaves a line
 * in the audit table, written with it.
 */
@Component
class Moderation {

  /** What an action has led to, for those who are told. */
  private record Done(Stream stream, Moderated event) {}

  private final StreamRepository repository;
  private final ModerationRepository rules;
  private final LiveMessages messages;
  private final Streams streams;
  private final RoomPublisher publisher;
  private final TransactionalOperator transaction;

  Moderation(
      StreamRepository repository,
      ModerationRepository rules,
      LiveMessages messages,
      Streams streams,
      RoomPublisher publisher,
      ReactiveTransactionManager transactions) {
    this.repository = repository;
    this.rules = rules;
    this.messages = messages;
    this.streams = streams;
    this.publisher = publisher;
    this.transaction = TransactionalOperator.create(transactions);
  }

  /**
   * Carries an action out; in force on this instance when this completes, on all others within a
   * moment.
   *
   * <p>Fails with {@code not_found} (no such stream or message), {@code forbidden} (not a
   * moderator, or the action is not open to one), {@code conflict} (the stream has ended).
   */
  Mono<Void> moderate(String by, Moderate command) {
    return repository
        .lock(command.streamId())
        .switchIfEmpty(Mono.error(Streams::notFound))
        .doOnNext(stream -> check(stream, by, command))
        .flatMap(stream ->
            store(stream, command)
                .flatMap(message ->
                    rules
                        .record(by, command)
                        .thenReturn(new Done(stream, event(by, command, message.orElse(null))))))
        .as(transaction::transactional)
        .doOnNext(this::tell)
        .then();
  }

  private static void check(Stream stream, String by, Moderate command) {
    if (!stream.mayModerate(by) || (command.action().isHostOnly() && !stream.isHost(by))) {
      throw GatewayException.of(ErrorCode.FORBIDDEN, "This is not yours to do here.");
    }
    String whom = command.userId();
    boolean protectedOne =
        whom != null && (stream.isHost(whom) || (stream.mayModerate(whom) && !stream.isHost(by)));
    if (command.action().isAboutUser() && protectedOne) {
      throw GatewayException.field(
          ErrorCode.FORBIDDEN, "userId", "Moderators are under the host, the host under nobody.");
    }
    if (stream.hasEnded() && !mayFollowTheEnd(command.action())) {
      throw GatewayException.of(ErrorCode.CONFLICT, "The stream has ended.");
    }
  }

  /** What has been said can still be cleaned up. */
  private static boolean mayFollowTheEnd(ModerationAction action) {
    return action == ModerationAction.DELETE || action == ModerationAction.PURGE;
  }

  /** Gives the message that is pinned, for that action alone. */
  private Mono<Optional<LiveMessage>> store(Stream stream, Moderate command) {
    String id = stream.id();
    Mono<Void> stored =
        switch (command.action()) {
          case SLOW_MODE -> rules.setSlowMode(id, Objects.requireNonNull(command.seconds()));
          case MUTE, BAN ->
              rules.sanction(id, kind(command.action()), whom(command), command.seconds());
          case UNMUTE -> rules.lift(id, "mute", whom(command));
          case UNBAN -> rules.lift(id, "ban", whom(command));
          case DELETE -> delete(stream, messageId(command));
          case PURGE -> purge(stream, whom(command));
          case PIN -> Mono.empty();
          case UNPIN -> rules.pin(id, null);
          case ADD_MODERATOR -> rules.addModerator(id, whom(command));
          case REMOVE_MODERATOR -> rules.removeModerator(id, whom(command));
        };
    return command.action() == ModerationAction.PIN
        ? pin(id, messageId(command)).map(Optional::of)
        : stored.thenReturn(Optional.empty());
  }

  private static String kind(ModerationAction action) {
    return action == ModerationAction.BAN ? "ban" : "mute";
  }

  private Mono<LiveMessage> pin(String streamId, UUID messageId) {
    return messages
        .find(streamId, messageId)
        .switchIfEmpty(Mono.error(Moderation::noSuchMessage))
        .flatMap(message -> rules.pin(streamId, message).thenReturn(message));
  }

  private Mono<Void> delete(Stream stream, UUID messageId) {
    Mono<Void> unpinned = unpin(stream, messageId.toString(), null);
    return messages
        .isKnown(stream.id(), messageId)
        .filter(known -> known)
        .switchIfEmpty(Mono.error(Moderation::noSuchMessage))
        .then(messages.delete(stream.id(), messageId))
        .then(unpinned);
  }

  private Mono<Void> purge(Stream stream, String userId) {
    return messages.purge(stream.id(), userId).then(unpin(stream, null, userId));
  }

  /** What is gone is not pinned any more. */
  private Mono<Void> unpin(Stream stream, @Nullable String messageId, @Nullable String userId) {
    LiveMessage pinned = stream.pinned();
    boolean gone =
        pinned != null && (pinned.id().equals(messageId) || pinned.userId().equals(userId));
    return gone ? rules.pin(stream.id(), null) : Mono.empty();
  }

  private static GatewayException noSuchMessage() {
    return GatewayException.field(
        ErrorCode.NOT_FOUND, "messageId", "There is no such message in this stream.");
  }

  private static String whom(Moderate command) {
    return Objects.requireNonNull(command.userId());
  }

  private static UUID messageId(Moderate command) {
    UUID id = Identifiers.parse(Objects.requireNonNull(command.messageId()));
    if (id == null) {
      throw noSuchMessage();
    }
    return id;
  }

  private static Moderated event(String by, Moderate command, @Nullable LiveMessage message) {
    return new Moderated(
        command.streamId(),
        command.action(),
        command.userId(),
        command.messageId(),
        command.seconds(),
        message,
        by);
  }

  private void tell(Done done) {
    Stream stream = done.stream();
    Moderated event = done.event();
    RoomId room = RoomId.live(stream.id());
    streams.changed(stream.id());
    if (event.action().isPublic()) {
      publisher.publish(room, event);
    } else {
      Set<String> concerned = new TreeSet<>(stream.moderators());
      concerned.add(stream.hostId());
      concerned.add(Objects.requireNonNull(event.userId()));
      concerned.forEach(userId -> publisher.publish(RoomId.user(userId), event));
    }
    if (event.action() == ModerationAction.BAN) {
      publisher.evict(room, Objects.requireNonNull(event.userId()));
    }
  }
}
