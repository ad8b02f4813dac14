package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.Database;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Begins chats whose id an earlier chat had. The numbers of the new chat continue above the last
 * numbers of the earlier one, because clients may remember its positions. The new chat must wait
 * until the messages of the earlier one are deleted.
 */
@Component
public final class ChatBeginning {

  private static final String BEGIN =
      """
      with continued as (
        update chats c
        set base_seq = p.last_seq + 1, last_seq = p.last_seq + 1, imported_seq = p.last_seq + 1,
            base_rev = p.last_rev + 1, last_rev = p.last_rev + 1
        from past_chats p
        where p.id = :chatId and c.id = p.id)
      select exists (select 1 from deleted_chats where id = :chatId) as deleting
      """;

  private final Database database;

  ChatBeginning(Database database) {
    this.database = database;
  }

  /**
   * Begins a chat that an earlier statement of the transaction has inserted. The insert waits for a
   * running deletion, so only a later statement sees the rows that the deletion left.
   *
   * <p>Fails with {@code conflict} while the messages of the earlier chat are being deleted.
   */
  public Mono<Void> begin(String chatId) {
    return database
        .sql(BEGIN)
        .bind("chatId", chatId)
        .map(row -> row.flag("deleting"))
        .one()
        .flatMap(deleting ->
            deleting
                ? Mono.error(
                    GatewayException.field(
                        ErrorCode.CONFLICT,
                        "id",
                        "The deletion of an earlier chat with this id is still in progress."))
                : Mono.empty());
  }
}
