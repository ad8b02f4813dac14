package dev.realtime.gateway.chat;

import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Database;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiFunction;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Edits, deletions and reactions: changes of messages that are already there. */
@Component
final class MessageChanges {

  /** Different reactions a message may have. */
  private static final int DIFFERENT_REACTIONS = 20;

  private static final String FIND =
      """
      select m.seq, m.sender_id, m.kind, m.deleted_at is not null as deleted,
             m.content is null as encrypted, me.role
      from messages m
      join chat_members me on me.chat_id = m.chat_id and me.user_id = $2
      where m.id = $1
      """;

  private static final String EDIT =
      """
      update messages set content = $2, rev = $4, edited_at = clock_timestamp(),
        extra = case when $3::jsonb is null then extra
                     else jsonb_set(coalesce(extra, '{}'), '{encrypted}', $3::jsonb) end
      where id = $1 returning edited_at
      """;

  private static final String DELETE =
      """
      with gone as (delete from message_reactions where message_id = $1)
      update messages set content = null, extra = null, rev = $2, deleted_at = clock_timestamp()
      where id = $1 returning deleted_at
      """;

  private static final String REACTIONS =
      """
      select count(*) filter (where reaction = $2) as count,
             count(distinct reaction) filter (where reaction <> $2) as others,
             coalesce(bool_or(reaction = $2 and user_id = $3), false) as mine
      from message_reactions where message_id = $1
      """;

  private record Found(
      long seq,
      String senderId,
      boolean system,
      boolean deleted,
      boolean encrypted,
      boolean admin) {}

  private record Reactions(long count, long others, boolean mine) {}

  private final Database database;
  private final ChatTransactions transactions;
  private final ChatRepository chats;
  private final EnvelopeCodec codec;

  MessageChanges(
      Database database, ChatTransactions transactions, ChatRepository chats, EnvelopeCodec codec) {
    this.database = database;
    this.transactions = transactions;
    this.chats = chats;
    this.codec = codec;
  }

  /**
   * Replaces the body of the user's own message.
   *
   * @return the message; fails with {@code not_found}, {@code forbidden} (another's), {@code
   *     conflict} (deleted), {@code bad_request} (plain for encrypted, or the other way round)
   */
  Mono<Message> edit(String userId, ChatCommand.EditMessage command) {
    // Read under the lock: the ack shows this edit, and not one that came after it.
    return change(
        userId,
        command.messageId(),
        (chat, found) ->
            edit(userId, command, chat, found).flatMap(id -> chats.message(userId, id)));
  }

  private Mono<UUID> edit(
      String userId, ChatCommand.EditMessage command, LockedChat chat, Found found) {
    if (!found.senderId().equals(userId) || found.system()) {
      return refuse(ErrorCode.FORBIDDEN, "Only its sender may edit a message.");
    }
    if (found.deleted()) {
      return refuse(ErrorCode.CONFLICT, "The message has been deleted.");
    }
    if (found.encrypted() != (command.encrypted() != null)) {
      String field = found.encrypted() ? "content" : "encrypted";
      return Mono.error(
          GatewayException.badRequest(field, "An edit keeps the kind of the message's body."));
    }
    UUID id = idOf(command.messageId());
    long rev = chat.nextRev();
    String encrypted = command.encrypted() == null ? null : codec.writeData(command.encrypted());
    return database
        .sql(EDIT)
        .bind("$1", id)
        .bind("$2", command.content(), String.class)
        .bind("$3", encrypted, String.class)
        .bind("$4", rev)
        .map(row -> instant(row, "edited_at"))
        .one()
        .doOnNext(at ->
            chat.changed(
                new ChatEvent.MessageEdited(
                    command.messageId(),
                    chat.id(),
                    found.seq(),
                    rev,
                    command.content(),
                    command.encrypted(),
                    at,
                    userId)))
        .thenReturn(id);
  }

  /**
   * Deletes the user's own message, or, for an admin, anybody's. Deleting again changes nothing.
   * Fails with {@code not_found} or {@code forbidden}.
   */
  Mono<Boolean> delete(String userId, String messageId) {
    return change(
        userId,
        messageId,
        (chat, found) -> {
          if (!found.senderId().equals(userId) && !found.admin()) {
            return refuse(ErrorCode.FORBIDDEN, "Only its sender or an admin may delete a message.");
          }
          return found.deleted() ? Mono.just(false) : delete(userId, messageId, chat, found);
        });
  }

  private Mono<Boolean> delete(String userId, String messageId, LockedChat chat, Found found) {
    long rev = chat.nextRev();
    return database
        .sql(DELETE)
        .bind("$1", idOf(messageId))
        .bind("$2", rev)
        .map(row -> instant(row, "deleted_at"))
        .one()
        .doOnNext(at ->
            chat.changed(
                new ChatEvent.MessageDeleted(messageId, chat.id(), found.seq(), rev, at, userId)))
        .thenReturn(true);
  }

  /**
   * Adds or removes the user's reaction; doing so again changes nothing.
   *
   * @return how many have this reaction now; fails with {@code not_found} or {@code conflict}
   *     (deleted, or too many different reactions)
   */
  Mono<Long> react(String userId, ChatCommand.React command) {
    boolean remove = Boolean.TRUE.equals(command.remove());
    return change(
        userId,
        command.messageId(),
        (chat, found) ->
            found.deleted()
                ? refuse(ErrorCode.CONFLICT, "The message has been deleted.")
                : reactions(userId, command)
                    .flatMap(before ->
                        before.mine() == remove
                            ? react(userId, command, chat, before)
                            : Mono.just(before.count())));
  }

  private Mono<Reactions> reactions(String userId, ChatCommand.React command) {
    return database
        .sql(REACTIONS)
        .bind("$1", idOf(command.messageId()))
        .bind("$2", command.reaction())
        .bind("$3", userId)
        .map(row ->
            new Reactions(
                ChatRows.number(row, "count"),
                ChatRows.number(row, "others"),
                Boolean.TRUE.equals(row.get("mine", Boolean.class))))
        .one();
  }

  private Mono<Long> react(
      String userId, ChatCommand.React command, LockedChat chat, Reactions before) {
    boolean remove = before.mine();
    if (!remove && before.count() == 0 && before.others() >= DIFFERENT_REACTIONS) {
      return refuse(ErrorCode.CONFLICT, "The message has too many different reactions.");
    }
    long rev = chat.nextRev();
    long count = before.count() + (remove ? -1 : 1);
    String change =
        remove
            ? "delete from message_reactions"
                + " where message_id = $1 and reaction = $2 and user_id = $3 and $4 > 0"
            : "insert into message_reactions (message_id, reaction, user_id)"
                + " select $1, $2, $3 where $4 > 0";
    String sql = "with reacted as (" + change + ") update messages set rev = $4 where id = $1";
    return database
        .sql(sql)
        .bind("$1", idOf(command.messageId()))
        .bind("$2", command.reaction())
        .bind("$3", userId)
        .bind("$4", rev)
        .rowsUpdated()
        .doOnNext(_ ->
            chat.changed(
                new ChatEvent.Reacted(
                    command.messageId(),
                    chat.id(),
                    rev,
                    userId,
                    command.reaction(),
                    remove ? ChatEvent.ReactionAction.REMOVED : ChatEvent.ReactionAction.ADDED,
                    count)))
        .thenReturn(count);
  }

  /** Locks the message's chat and looks at the message under the lock, as this user may. */
  private <T> Mono<T> change(
      String userId, String messageId, BiFunction<LockedChat, Found, Mono<T>> change) {
    UUID id = Identifiers.parse(messageId);
    if (id == null) {
      return Mono.error(notFound());
    }
    return database
        .sql("select chat_id from messages where id = $1")
        .bind("$1", id)
        .map(row -> ChatRows.text(row, "chat_id", String.class))
        .one()
        .flatMap(chatId ->
            transactions.in(
                chatId, chat -> find(id, userId).flatMap(found -> change.apply(chat, found))))
        .switchIfEmpty(Mono.error(() -> notFound()));
  }

  private Mono<Found> find(UUID messageId, String userId) {
    return database
        .sql(FIND)
        .bind("$1", messageId)
        .bind("$2", userId)
        .map(row ->
            new Found(
                ChatRows.number(row, "seq"),
                ChatRows.text(row, "sender_id", String.class),
                row.get("kind", String.class) != null,
                Boolean.TRUE.equals(row.get("deleted", Boolean.class)),
                Boolean.TRUE.equals(row.get("encrypted", Boolean.class)),
                "admin".equals(row.get("role", String.class))))
        .one();
  }

  private static UUID idOf(String messageId) {
    return UUID.fromString(messageId);
  }

  private static Instant instant(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, Instant.class));
  }

  private static GatewayException notFound() {
    return GatewayException.of(ErrorCode.NOT_FOUND, "There is no such message.");
  }

  private static <T> Mono<T> refuse(ErrorCode code, String sentence) {
    return Mono.error(GatewayException.of(code, sentence));
  }
}
