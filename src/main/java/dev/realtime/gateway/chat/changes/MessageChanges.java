package dev.realtime.gateway.chat.changes;

import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.chat.MessageRepository;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.StoredJson;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Edits and deletes stored messages. */
@Component
public final class MessageChanges {

  private static final String EDIT =
      """
      update messages set content = :content, rev = :rev, edited_at = clock_timestamp(),
        extra = case when :encrypted::jsonb is null then extra
                     else jsonb_set(coalesce(extra, '{}'), '{encrypted}', :encrypted::jsonb) end
      where id = :id returning edited_at
      """;

  private static final String DELETE =
      """
      with gone as (delete from message_reactions where chat_id = :chatId and seq = :seq),
      uncounted as (delete from reaction_counts where chat_id = :chatId and seq = :seq)
      update messages set content = null, extra = null, rev = :rev, deleted_at = clock_timestamp()
      where id = :id returning deleted_at
      """;

  private final Database database;
  private final LockedMessages locked;
  private final MessageRepository messages;

  MessageChanges(Database database, LockedMessages locked, MessageRepository messages) {
    this.database = database;
    this.locked = locked;
    this.messages = messages;
  }

  /**
   * Replaces the body of the user's own message.
   *
   * @return the message; fails with {@code not_found} and like {@link FoundMessage#requireEditable}
   */
  public Mono<Message> edit(String userId, ChatCommand.EditMessage command) {
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
    String encrypted = command.encrypted() == null ? null : StoredJson.write(command.encrypted());
    return database
        .sql(EDIT)
        .bind("id", message.id())
        .bind("content", command.content(), String.class)
        .bind("encrypted", encrypted, String.class)
        .bind("rev", rev)
        .map(row -> row.instant("edited_at"))
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
   * Deletes the user's own message or, for an admin, any message. Deleting again changes nothing.
   *
   * @return whether this call deleted the message; fails with {@code not_found} or {@code
   *     forbidden}
   */
  public Mono<Boolean> delete(String userId, String messageId) {
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
        .bind("id", message.id())
        .bind("chatId", chat.id())
        .bind("seq", message.seq())
        .bind("rev", rev)
        .map(row -> row.instant("deleted_at"))
        .one()
        .doOnNext(at ->
            chat.changed(
                new ChatEvent.MessageDeleted(
                    message.id().toString(), chat.id(), message.seq(), rev, at, message.userId())))
        .then();
  }
}
