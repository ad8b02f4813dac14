package dev.realtime.gateway.chat.changes;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.changes.ReactionStatement.Outcome;
import dev.realtime.gateway.chat.changes.ReactionStatement.Reaction;
import dev.realtime.gateway.chat.changes.ReactionStatement.Result;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatEvent.ReactionAction;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.store.HeldRows;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Adds reactions to stored messages and removes them, in groups: a thousand members who react to
 * one announcement need a few transactions. A chat whose row is held delays only itself.
 */
@Component
public final class MessageReactions {

  private static final int GROUP = 256;

  private record Key(UUID messageId, String userId, String reaction) {}

  private final ReactionStatement statement;
  private final RoomPublisher publisher;
  private final Batcher<Reaction, Result> writer =
      Batcher.named("reactions")
          .groupsOf(GROUP)
          .calling(MessageReactions::key, reactions -> write(reactions, false));
  private final HeldRows<Reaction, Result> held;

  MessageReactions(Database database, RoomPublisher publisher, Bulkhead rowBulkhead) {
    this.statement = new ReactionStatement(database);
    this.publisher = publisher;
    this.held =
        new HeldRows<>(
            rowBulkhead, GROUP, MessageReactions::key, reactions -> write(reactions, true));
  }

  private static Key key(Reaction reaction) {
    return new Key(reaction.messageId(), reaction.userId(), reaction.name());
  }

  /**
   * Adds or removes the user's reaction; doing so again changes nothing. Completes after the
   * commit.
   *
   * @return the number of users who now have this reaction; fails with {@code not_found} (no such
   *     message, or the user is not a member of its chat), {@code conflict} (deleted, or too many
   *     different reactions) or {@code unavailable} (too many reactions are waiting)
   */
  public Mono<Long> react(String userId, ChatCommand.React command) {
    ReactionAction action =
        Boolean.TRUE.equals(command.remove()) ? ReactionAction.REMOVED : ReactionAction.ADDED;
    UUID messageId = Identifiers.parse(command.messageId());
    return messageId == null
        ? Mono.error(MessageReactions::notFound)
        : change(new Reaction(messageId, userId, command.reaction(), action));
  }

  private Mono<Long> change(Reaction reaction) {
    return writer
        .submit(reaction)
        .flatMap(result ->
            result.outcome() == Outcome.HELD
                ? held.submit(Objects.requireNonNull(result.chatId()), reaction)
                : Mono.just(result))
        .map(MessageReactions::count);
  }

  /** Writes a group, and publishes what changed even if the callers have cancelled. */
  private Mono<List<Result>> write(List<Reaction> reactions, boolean wait) {
    return statement.run(reactions, wait).doOnNext(results -> publish(reactions, results));
  }

  private void publish(List<Reaction> reactions, List<Result> results) {
    for (int i = 0; i < results.size(); i++) {
      Result result = results.get(i);
      if (result.chatId() != null && result.rev() != null) {
        publisher.publish(
            RoomId.chat(result.chatId()),
            reactions.get(i).event(result.chatId(), result.rev(), result.count()));
      }
    }
  }

  private static long count(Result result) {
    return switch (result.outcome()) {
      case CHANGED, UNCHANGED -> result.count();
      case NOT_FOUND -> throw notFound();
      case DELETED -> throw FoundMessage.deletedAlready();
      case FULL ->
          throw GatewayException.of(
              ErrorCode.CONFLICT, "The message has too many different reactions.");
      case HELD -> throw Failures.unavailable();
    };
  }

  private static GatewayException notFound() {
    return GatewayException.of(ErrorCode.NOT_FOUND, "There is no such message.");
  }
}
