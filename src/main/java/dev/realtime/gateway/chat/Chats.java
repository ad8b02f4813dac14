package dev.realtime.gateway.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.chat.ChatCreation.Created;
import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.security.Caller;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Manages chats for the platform, which brings them in line with its own data and deletes them. */
@Component
public final class Chats {

  /** A chat as the platform sees it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Summary(
      String id, ChatType type, @Nullable String title, List<String> memberIds, long lastSeq) {}

  private static final String SUMMARY =
      """
      select c.id, c.type, c.title, c.last_seq,
             (select array_agg(m.user_id order by m.joined_at, m.user_id)
              from chat_members m where m.chat_id = c.id) as members
      from chats c where c.id = :id
      """;

  private final Database database;
  private final ChatTransactions transactions;
  private final ChatCreation creation;
  private final ChatMembers members;
  private final DeletedChats deleted;

  Chats(
      Database database,
      ChatTransactions transactions,
      ChatCreation creation,
      ChatMembers members,
      DeletedChats deleted) {
    this.database = database;
    this.transactions = transactions;
    this.creation = creation;
    this.members = members;
    this.deleted = deleted;
  }

  /**
   * Creates a chat, or gives an existing one this title and these members. Fails with {@code
   * conflict} if that is impossible: a direct chat keeps its pair and its id, and the type of a
   * chat cannot change.
   */
  public Mono<Created> upsert(ChatPlan wanted) {
    return creation
        .create(Caller.PLATFORM, wanted)
        .flatMap(created ->
            created.duplicate()
                ? transactions
                    .in(created.id(), chat -> align(chat, wanted).thenReturn(created))
                    .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND)))
                : Mono.just(created));
  }

  private Mono<Void> align(LockedChat chat, ChatPlan wanted) {
    if (!chat.id().equals(wanted.id())) {
      return conflict("memberIds", "This pair has the chat " + chat.id() + ".");
    }
    if (chat.isDirect() != (wanted.type() == ChatType.DIRECT)) {
      return conflict("type", "The type of a chat cannot be changed.");
    }
    return retitle(chat, wanted.title()).then(members.replace(chat, wanted.members()));
  }

  private static Mono<Void> conflict(String field, String sentence) {
    return Mono.error(GatewayException.field(ErrorCode.CONFLICT, field, sentence));
  }

  private Mono<Void> retitle(LockedChat chat, @Nullable String title) {
    if (chat.title().equals(title == null ? "" : title)) {
      return Mono.empty();
    }
    chat.changed(new ChatEvent.ChatUpdated(chat.id(), chat.nextRev(), title));
    return database
        .sql("update chats set title = :title where id = :id")
        .bind("id", chat.id())
        .bind("title", title, String.class)
        .then();
  }

  /** Returns a chat as the platform sees it; empty if there is none. */
  public Mono<Summary> summary(String id) {
    return database.sql(SUMMARY).bind("id", id).map(Chats::summary).one();
  }

  /** Returns how many members a chat has; empty if there is no such chat. */
  public Mono<Integer> memberCount(String id) {
    return database
        .sql("select member_count from chats where id = :id")
        .bind("id", id)
        .map(row -> row.integer("member_count"))
        .one();
  }

  private static Summary summary(Row row) {
    return new Summary(
        row.text("id"),
        ChatType.of(row.text("type")),
        row.optionalText("title"),
        row.texts("members"),
        row.number("last_seq"));
  }

  /**
   * Deletes a chat with all its messages, and evicts everyone from its room on all instances.
   * Idempotent.
   */
  public Mono<Void> delete(String id) {
    return summary(id)
        .flatMap(chat -> deleted.delete(id, chat.memberIds()))
        .as(work -> transactions.inTurn(id, database.inTransaction(work)));
  }
}
