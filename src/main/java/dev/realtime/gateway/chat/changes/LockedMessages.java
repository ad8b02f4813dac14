package dev.realtime.gateway.chat.changes;

import dev.realtime.gateway.chat.ChatTransactions;
import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import java.util.UUID;
import java.util.function.BiFunction;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Finds a stored message that a member wants to change, after locking its chat. */
@Component
final class LockedMessages {

  private static final String CHAT_OF = "select chat_id from messages where id = :id";

  private static final String FIND =
      """
      select m.seq, m.sender_id, m.kind, m.deleted_at is not null as deleted,
             m.content is null as encrypted, me.role
      from messages m
      join chat_members me on me.chat_id = m.chat_id and me.user_id = :userId
      where m.id = :id
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
                        chat -> find(id, userId).flatMap(message -> change.apply(chat, message)))))
        .switchIfEmpty(
            Mono.error(
                () -> GatewayException.of(ErrorCode.NOT_FOUND, "There is no such message.")));
  }

  private Mono<String> chatOf(UUID messageId) {
    return database.sql(CHAT_OF).bind("id", messageId).map(row -> row.text("chat_id")).one();
  }

  private Mono<FoundMessage> find(UUID messageId, String userId) {
    return database
        .sql(FIND)
        .bind("id", messageId)
        .bind("userId", userId)
        .map(row -> found(row, messageId, userId))
        .one();
  }

  private static FoundMessage found(Row row, UUID messageId, String userId) {
    return new FoundMessage(
        messageId,
        row.number("seq"),
        row.text("sender_id"),
        row.optionalText("kind") != null,
        row.flag("deleted"),
        row.flag("encrypted"),
        userId,
        Role.of(row.text("role")));
  }
}
