package dev.realtime.gateway.chat;

import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.store.Database;
import io.r2dbc.spi.Readable;
import java.util.UUID;
import java.util.function.BiFunction;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Finds a stored message that a member wants to change, and locks its chat first. */
@Component
final class LockedMessages {

  private static final String CHAT_OF = "select chat_id from messages where id = $1";

  private static final String FIND =
      """
      select m.seq, m.sender_id, m.kind, m.deleted_at is not null as deleted,
             m.content is null as encrypted, me.role
      from messages m
      join chat_members me on me.chat_id = m.chat_id and me.user_id = $2
      where m.id = $1
      """;

  private final Database database;
  private final ChatTransactions transactions;

  LockedMessages(Database database, ChatTransactions transactions) {
    this.database = database;
    this.transactions = transactions;
  }

  /**
   * Runs a change of a message. Fails with {@code not_found} if there is no such message, or the
   * user is not a member of its chat.
   */
  <T> Mono<T> change(
      String userId, String messageId, BiFunction<LockedChat, FoundMessage, Mono<T>> change) {
    return Mono.justOrEmpty(Identifiers.parse(messageId))
        .flatMap(id ->
            chatOf(id)
                .flatMap(chatId ->
                    transactions.in(
                        chatId,
                        chat ->
                            find(id, userId).flatMap(message -> change.apply(chat, message)))))
        .switchIfEmpty(
            Mono.error(() ->
                GatewayException.of(ErrorCode.NOT_FOUND, "There is no such message.")));
  }

  private Mono<String> chatOf(UUID messageId) {
    return database
        .sql(CHAT_OF)
        .bind("$1", messageId)
        .map(row -> ChatRows.text(row, "chat_id", String.class))
        .one();
  }

  private Mono<FoundMessage> find(UUID messageId, String userId) {
    return database
        .sql(FIND)
        .bind("$1", messageId)
        .bind("$2", userId)
        .map(row -> found(row, messageId, userId))
        .one();
  }

  private static FoundMessage found(Readable row, UUID messageId, String userId) {
    return new FoundMessage(
        messageId,
        ChatRows.number(row, "seq"),
        ChatRows.text(row, "sender_id", String.class),
        row.get("kind", String.class) != null,
        Boolean.TRUE.equals(row.get("deleted", Boolean.class)),
        Boolean.TRUE.equals(row.get("encrypted", Boolean.class)),
        userId,
        Role.of(ChatRows.text(row, "role", String.class)));
  }
}
