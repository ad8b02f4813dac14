package dev.realtime.gateway.chat;

import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Database;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Objects;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Edits and deletes stored messages. */
@Component
final class MessageChanges {

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

  private final Database database;
  private final LockedMessages locked;
  private final MessageRepository messages;
  private final EnvelopeCodec codec;

  MessageChanges(
      Database database, LockedMessages locked, MessageRepository messages, EnvelopeCodec codec) {
    this.database = database;
    this.locked = locked;
    this.messages = messages;
    this.codec = codec;
  }

  /**
   * Replaces the body of the user's own message.
   *
   * @return the message; fails with {@code not_found} and as {@link FoundMessage#requireEditable}
   */
  Mono<Message> edit(String userId, ChatCommand.EditMessage command) {
    return locked.change(
        userId,
        command.messageId(),
        (chat, message) -> {
          message.requireEditable(command.encrypted() != null);
          // The message is read under the lock, so that the reply shows this edit and no later one.
          return edit(chat, message, command).then(messages.message(userId, message.id()));
        });
  }

  private Mono<Void> edit(LockedChat chat, FoundMessage message, ChatCommand.EditMessage command) {
    long rev = chat.nextRev();
    String encrypted = command.encrypted() == null ? null : codec.writeData(command.encrypted());
    return database
        .sql(EDIT)
        .bind("$1", message.id())
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
                    message.seq(),
                    rev,
                    command.content(),
                    command.encrypted(),
                    at,
                    message.userId())))
        .then();
  }

  /**
   * Deletes the user's own message, or, for an admin, anybody's. Deleting again changes nothing.
   *
   * @return whether the message was there; fails with {@code not_found} or {@code forbidden}
   */
  Mono<Boolean> delete(String userId, String messageId) {
    return locked.change(
        userId,
        messageId,
        (chat, message) -> {
          message.requireDeletable();
          return message.deleted() ? Mono.just(false) : delete(chat, message).thenReturn(true);
        });
  }

  private Mono<Void> delete(LockedChat chat, FoundMessage message) {
    long rev = chat.nextRev();
    return database
        .sql(DELETE)
        .bind("$1", message.id())
        .bind("$2", rev)
        .map(row -> instant(row, "deleted_at"))
        .one()
        .doOnNext(at ->
            chat.changed(
                new ChatEvent.MessageDeleted(
                    message.id().toString(),
                    chat.id(),
                    message.seq(),
                    rev,
                    at,
                    message.userId())))
        .then();
  }

  private static Instant instant(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, Instant.class));
  }
}
