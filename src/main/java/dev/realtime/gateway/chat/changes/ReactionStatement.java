package dev.realtime.gateway.chat.changes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ChatEvent.Reacted;
import dev.realtime.gateway.protocol.ChatEvent.ReactionAction;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Adds and removes a group of reactions, of any chats, in one round trip. */
final class ReactionStatement {

  // Only the database knows the chat, the rev and the count, so the SQL inserts them into the JSON
  // of each event, in the order in which the published event has them.
  private static final String CHANGE =
      """
      with changed as materialized (
        select ord, outcome, chat_id, rev, count
        from change_reactions(:messageIds, :userIds, :reactions, :added, :kinds, :wait)),
      logged as (
        insert into chat_changes (chat_id, rev, envelope)
        select c.chat_id, c.rev,
               ('{"event":"chat:reaction","data":{"messageId":"' || u.message_id
                || '","chatId":' || to_json(c.chat_id) || ',"rev":' || c.rev || ','
                || substr(u.data, 2, length(u.data) - 2) || ',"count":' || c.count || '}}')::json
        from changed c
        join unnest(:messageIds::uuid[], :events::text[]) with ordinality
          as u (message_id, data, ord) on u.ord = c.ord
        where c.outcome = 'changed')
      select * from changed
      """;

  /** Writes the members of an event that stand between those which the statement adds. */
  private static final JsonMapper UNNUMBERED =
      WireJson.mapper().rebuild().addMixIn(Reacted.class, Unnumbered.class).build();

  @JsonIgnoreProperties({"messageId", "chatId", "rev", "count"})
  private interface Unnumbered {}

  /** A reaction that a user adds to a message or removes from it. */
  record Reaction(UUID messageId, String userId, String name, ReactionAction action) {

    boolean isAdded() {
      return action == ReactionAction.ADDED;
    }

    Reacted event(String chatId, long rev, long count) {
      return new Reacted(messageId.toString(), chatId, rev, userId, name, action, count);
    }

    private String unnumbered() {
      return UNNUMBERED.writeValueAsString(event("", 0, 0));
    }
  }

  /** The outcome of {@code change_reactions} for one reaction. */
  enum Outcome {
    CHANGED,
    UNCHANGED,
    /** There is no such message, or the user is not a member of its chat. */
    NOT_FOUND,
    DELETED,
    /** The message has too many different reactions. */
    FULL,
    /** Another transaction holds the chat's row, and the caller asked the statement not to wait. */
    HELD
  }

  /**
   * The result of changing one reaction.
   *
   * @param chatId the chat of the message; null if there is no such message
   * @param rev the number of the change; null if nothing changed
   * @param count how many users have the reaction now
   */
  record Result(Outcome outcome, @Nullable String chatId, @Nullable Long rev, long count) {

    private static Result of(Row row) {
      return new Result(
          row.word("outcome", Outcome.class),
          row.optionalText("chat_id"),
          row.optionalNumber("rev"),
          row.number("count"));
    }
  }

  private final Database database;

  ReactionStatement(Database database) {
    this.database = database;
  }

  /**
   * Changes reactions, of which no two are equal but for their action.
   *
   * @param wait whether to wait for chats that another transaction holds; otherwise the reactions
   *     of these chats are {@code HELD}
   * @return one result per reaction, in the order of the reactions
   */
  Mono<List<Result>> run(List<Reaction> reactions, boolean wait) {
    return database
        .sql(CHANGE)
        .bindColumn("messageIds", reactions, UUID.class, Reaction::messageId)
        .bindColumn("userIds", reactions, String.class, Reaction::userId)
        .bindColumn("reactions", reactions, String.class, Reaction::name)
        .bindColumn("added", reactions, Boolean.class, Reaction::isAdded)
        .bindColumn("events", reactions, String.class, Reaction::unnumbered)
        .bind("kinds", Bounds.REACTIONS_A_MESSAGE)
        .bind("wait", wait)
        .map(Result::of)
        .inOrder(reactions.size());
  }
}
