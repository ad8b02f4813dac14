package dev.realtime.gateway.chat.changes;

import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatEvent.ReactionAction;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.Database;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Adds reactions to stored messages and removes them. */
@Component
public final class MessageReactions {

  private static final String COUNT =
      """
      select count(*) filter (where reaction = :reaction) as count,
             count(distinct reaction) filter (where reaction <> :reaction) as others,
             coalesce(bool_or(reaction = :reaction and user_id = :userId), false) as mine
      from message_reactions where message_id = :id
      """;

  private static final String ADD =
      """
      with added as (
        insert into message_reactions (message_id, reaction, user_id) values (:id, :reaction, :userId))
      update messages set rev = :rev where id = :id
      """;

  private static final String REMOVE =
      """
      with removed as (
        delete from message_reactions where message_id = :id and reaction = :reaction and user_id = :userId)
      update messages set rev = :rev where id = :id
      """;

  /**
   * The reactions of a message before a change.
   *
   * @param count the number of users who gave the reaction in question
   * @param others the number of different other reactions
   * @param mine whether the requesting user gave it
   */
  record Tally(long count, long others, boolean mine) {

    /** Returns whether adding or removing the user's reaction changes nothing. */
    boolean isUnchangedBy(ReactionAction action) {
      return mine == (action == ReactionAction.ADDED);
    }

    /**
     * Returns the number of users with the reaction after the change; fails with {@code conflict}.
     */
    long after(ReactionAction action) {
      if (action == ReactionAction.REMOVED) {
        return count - 1;
      }
      if (count == 0 && others >= Bounds.REACTIONS_A_MESSAGE) {
        throw GatewayException.of(
            ErrorCode.CONFLICT, "The message has too many different reactions.");
      }
      return count + 1;
    }
  }

  private final Database database;
  private final LockedMessages locked;

  MessageReactions(Database database, LockedMessages locked) {
    this.database = database;
    this.locked = locked;
  }

  /**
   * Adds or removes the user's reaction; doing so again changes nothing.
   *
   * @return the number of users who now have this reaction; fails with {@code not_found} or {@code
   *     conflict} (deleted, or too many different reactions)
   */
  public Mono<Long> react(String userId, ChatCommand.React command) {
    ReactionAction action =
        Boolean.TRUE.equals(command.remove()) ? ReactionAction.REMOVED : ReactionAction.ADDED;
    return locked.change(
        userId,
        command.messageId(),
        (chat, message) -> {
          message.requirePresent();
          return tally(message, command.reaction())
              .flatMap(before ->
                  before.isUnchangedBy(action)
                      ? Mono.just(before.count())
                      : change(chat, message, command.reaction(), action, before.after(action)));
        });
  }

  private Mono<Tally> tally(FoundMessage message, String reaction) {
    return database
        .sql(COUNT)
        .bind("id", message.id())
        .bind("reaction", reaction)
        .bind("userId", message.userId())
        .map(row -> new Tally(row.number("count"), row.number("others"), row.flag("mine")))
        .one();
  }

  private Mono<Long> change(
      LockedChat chat, FoundMessage message, String reaction, ReactionAction action, long count) {
    ChatEvent.Reacted event =
        new ChatEvent.Reacted(
            message.id().toString(),
            chat.id(),
            chat.nextRev(),
            message.userId(),
            reaction,
            action,
            count);
    chat.changed(event);
    return database
        .sql(action == ReactionAction.ADDED ? ADD : REMOVE)
        .bind("id", message.id())
        .bind("reaction", reaction)
        .bind("userId", message.userId())
        .bind("rev", event.rev())
        .then()
        .thenReturn(count);
  }
}
