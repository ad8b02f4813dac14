package dev.realtime.gateway.live;

import dev.realtime.gateway.live.StreamTransactions.LockedStream;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.protocol.LiveEvent.Moderated;
import dev.realtime.gateway.protocol.ModerationAction;
import java.time.Clock;
import java.util.Collection;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The moderation of streams: it checks a command, stores its effect and publishes it. Every action
 * adds a line to the audit table in the same transaction.
 */
@Component
public final class Moderation {

  private final StreamTransactions transactions;
  private final ModerationRepository rules;
  private final LiveMessages messages;
  private final StreamAccess access;
  private final Clock clock;

  Moderation(
      StreamTransactions transactions,
      ModerationRepository rules,
      LiveMessages messages,
      StreamAccess access,
      Clock clock) {
    this.transactions = transactions;
    this.rules = rules;
    this.messages = messages;
    this.access = access;
    this.clock = clock;
  }

  /**
   * Carries an action out. It is in force on this instance when this completes, and on all others
   * within a moment.
   *
   * <p>Fails with {@code not_found} (no such stream or message), {@code banned}, {@code forbidden}
   * (not a moderator, or the action is not open to one), {@code conflict} (the stream has ended, or
   * has as many moderators as it may).
   */
  public Mono<Void> moderate(String by, Moderate command) {
    return permitted(by, command)
        .delayUntil(_ -> settled(command))
        .then(
            transactions.in(
                command.streamId(),
                by,
                locked -> {
                  ModerationRules.check(locked.stream(), by, command, clock.instant());
                  return carryOut(locked, by, command.withoutSurplus()).thenReturn(true);
                }))
        .then();
  }

  /**
   * Refuses a user without authority before the stream is locked, because others wait for the lock.
   * A cached stream that forbids the command is read again, in case the user has just been
   * appointed.
   *
   * @return the stream if it permits the command; empty if the transaction has to tell why not
   */
  private Mono<Stream> permitted(String by, Moderate command) {
    String id = command.streamId();
    return check(access.get(id, by), by, command)
        .onErrorResume(Moderation::isForbidden, _ -> check(access.current(id, by), by, command))
        .onErrorComplete(failure -> !isForbidden(failure));
  }

  private Mono<Stream> check(Mono<Stream> stream, String by, Moderate command) {
    return stream.doOnNext(found -> ModerationRules.check(found, by, command, clock.instant()));
  }

  private static boolean isForbidden(Throwable failure) {
    return failure instanceof GatewayException refusal && refusal.code() == ErrorCode.FORBIDDEN;
  }

  /**
   * Waits until a message to pin or delete is stored, before the stream is locked. The transaction
   * reports every error.
   */
  private Mono<Void> settled(Moderate command) {
    boolean waits =
        command.action() == ModerationAction.PIN || command.action() == ModerationAction.DELETE;
    return waits
        ? Mono.defer(() -> messages.settled(command.streamId(), messageId(command)))
            .onErrorComplete()
        : Mono.empty();
  }

  /** Makes these users the only moderators of a stream, in the transaction that locked it. */
  Mono<Void> appoint(LockedStream locked, Collection<String> userIds, String by) {
    Stream stream = locked.stream();
    Flux<Moderate> gone =
        Flux.fromIterable(stream.moderators())
            .filter(userId -> !userIds.contains(userId))
            .map(userId -> command(stream, ModerationAction.REMOVE_MODERATOR, userId));
    Flux<Moderate> come =
        Flux.fromIterable(userIds)
            .filter(userId -> !stream.moderators().contains(userId))
            .map(userId -> command(stream, ModerationAction.ADD_MODERATOR, userId));
    return Flux.concat(gone, come).concatMap(command -> carryOut(locked, by, command)).then();
  }

  private static Moderate command(Stream stream, ModerationAction action, String userId) {
    return new Moderate(stream.id(), action, userId, null, null);
  }

  private Mono<Void> carryOut(LockedStream locked, String by, Moderate command) {
    return store(locked, command)
        .doOnNext(message -> announce(locked, event(by, command, message.orElse(null))))
        .then(rules.record(by, command));
  }

  /** Stores the effect of a command; returns the message of a pin, and empty for other actions. */
  private Mono<Optional<LiveMessage>> store(LockedStream locked, Moderate command) {
    Stream stream = locked.stream();
    String id = stream.id();
    Mono<Void> stored =
        switch (command.action()) {
          case SLOW_MODE -> rules.setSlowMode(id, Objects.requireNonNull(command.seconds()));
          case MUTE -> sanction(locked, Sanctions.MUTE, command);
          // A ban also ends the user's role as a moderator.
          case BAN ->
              sanction(locked, Sanctions.BAN, command)
                  .then(rules.removeModerator(id, whom(command)));
          case UNMUTE -> lift(locked, Sanctions.MUTE, command);
          case UNBAN -> lift(locked, Sanctions.BAN, command);
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

  private Mono<Void> sanction(LockedStream locked, String kind, Moderate command) {
    return rules
        .sanction(command.streamId(), kind, whom(command), command.seconds())
        .doOnNext(locked::sanctioned)
        .then();
  }

  private Mono<Void> lift(LockedStream locked, String kind, Moderate command) {
    return rules.lift(command.streamId(), kind, whom(command)).doOnNext(locked::sanctioned).then();
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
        .find(stream.id(), messageId)
        .switchIfEmpty(Mono.error(Moderation::noSuchMessage))
        .then(messages.delete(stream.id(), messageId))
        .then(unpinned);
  }

  private Mono<Void> purge(Stream stream, String userId) {
    // The event of the purge takes the next rev.
    return messages.purge(stream.id(), userId, stream.rev() + 1).then(unpin(stream, null, userId));
  }

  /** Removes the pin if the pinned message is this one or this user's. */
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

  private static void announce(LockedStream locked, Moderated event) {
    Stream stream = locked.stream();
    if (event.action().isPublic()) {
      locked.tellAll(event);
      return;
    }
    Set<String> concerned = new HashSet<>(stream.moderators());
    concerned.add(stream.hostId());
    concerned.add(Objects.requireNonNull(event.userId()));
    locked.tell(concerned, event);
    if (event.action() == ModerationAction.BAN) {
      locked.putOut(Objects.requireNonNull(event.userId()));
    }
  }
}
