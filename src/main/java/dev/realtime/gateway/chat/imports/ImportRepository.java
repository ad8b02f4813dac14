package dev.realtime.gateway.chat.imports;

import dev.realtime.gateway.chat.ChatPlan;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.store.Database;
import io.r2dbc.postgresql.codec.Json;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The SQL of the import: one statement for each table that a line touches. Every statement is part
 * of the transaction of its line.
 */
@Component
final class ImportRepository {

  private static final String COUNT_OF_CHAT =
      "select count(*) from messages where chat_id = $1 and id = any ($2)";

  private static final String CREATE =
      """
      insert into chats (id, type, title, encryption, direct_key, created_at, active_at)
      values ($1, $2, $3, $4, $5, coalesce($6, now()), coalesce($6, now()))
      on conflict do nothing
      """;

  // Members joined in the order given: their times differ by a microsecond.
  private static final String FILL =
      """
      insert into chat_members (chat_id, user_id, role, joined_at)
      select c.id, m.user_id, m.role, c.created_at + (m.ord - 1) * interval '1 microsecond'
      from chats c
      cross join unnest($2, $3) with ordinality as m (user_id, role, ord)
      where c.id = $1
      """;

  private static final String LOCK =
      "select last_seq, last_rev, imported_seq from chats where id = $1 for no key update";

  private static final String STORED =
      """
      select id, seq, created_at from messages where id = any ($2)
      union all
      select id, seq, created_at from messages where chat_id = $1 and seq = $3
      """;

  private static final String APPEND =
      """
      insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                            content, extra, created_at, edited_at)
      select $1, $2 + m.ord, m.id, $3 + m.ord, $3 + m.ord, m.sender_id, m.temp_id, m.fingerprint,
             m.content, m.extra::jsonb, m.created_at, m.edited_at
      from unnest($4, $5, $6, $7, $8, $9, $10, $11) with ordinality as m (
        id, sender_id, temp_id, fingerprint, content, extra, created_at, edited_at, ord)
      """;

  private static final String COUNT =
      """
      update chats
      set last_seq = $2, last_rev = $3, imported_seq = $2, active_at = $4
      where id = $1
      """;

  // A marker never goes back, and never beyond the last message. JSON finds a member's count
  // without
  // reading the others.
  private static final String ADVANCE_MARKERS =
      """
      update chat_members m
      set read_seq = least(
            $2, greatest(m.read_seq, $2 - coalesce(($3 ->> m.user_id)::bigint, 0))),
          delivered_seq = $2
      where m.chat_id = $1
      """;

  private final Database database;

  ImportRepository(Database database) {
    this.database = database;
  }

  /** How many of these messages the chat has. */
  Mono<Long> count(String chatId, Collection<UUID> ids) {
    return database
        .sql(COUNT_OF_CHAT)
        .bind("$1", chatId)
        .bind("$2", ids.toArray(UUID[]::new))
        .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
        .one();
  }

  /** Creates a chat with its members; false where the id or the direct pair has a chat already. */
  Mono<Boolean> create(String id, ChatPlan plan, @Nullable Instant createdAt) {
    String encryption = plan.encryption() == null ? null : plan.encryption().wireName();
    return database
        .sql(CREATE)
        .bind("$1", id)
        .bind("$2", plan.type().wireName())
        .bind("$3", plan.title(), String.class)
        .bind("$4", encryption, String.class)
        .bind("$5", plan.directKey(), String.class)
        .bind("$6", createdAt, Instant.class)
        .rowsUpdated()
        .flatMap(rows -> rows == 0 ? Mono.just(false) : fill(id, plan).thenReturn(true));
  }

  private Mono<Void> fill(String id, ChatPlan plan) {
    return database
        .sql(FILL)
        .bind("$1", id)
        .bind("$2", plan.members().keySet().toArray(String[]::new))
        .bind("$3", plan.members().values().stream().map(Role::wireName).toArray(String[]::new))
        .then();
  }

  /** Locks a chat until the end of the transaction; empty if there is no such chat. */
  Mono<Progress> lock(String id) {
    return database
        .sql(LOCK)
        .bind("$1", id)
        .map(row ->
            new Progress(
                Objects.requireNonNull(row.get("last_seq", Long.class)),
                Objects.requireNonNull(row.get("last_rev", Long.class)),
                Objects.requireNonNull(row.get("imported_seq", Long.class))))
        .one();
  }

  /** Those of the messages that are stored, and the message with this {@code seq}. */
  Mono<List<Progress.Stored>> stored(String chatId, List<PastMessage> messages, long seq) {
    return database
        .sql(STORED)
        .bind("$1", chatId)
        .bind("$2", column(messages, UUID[]::new, PastMessage::id))
        .bind("$3", seq)
        .map(row ->
            new Progress.Stored(
                Objects.requireNonNull(row.get("id", UUID.class)),
                Objects.requireNonNull(row.get("seq", Long.class)),
                Objects.requireNonNull(row.get("created_at", Instant.class))))
        .all()
        .collectList();
  }

  /** Appends messages behind the last one of a locked chat. */
  Mono<Void> append(String chatId, Progress from, List<EncodedMessage> messages) {
    return database
        .sql(APPEND)
        .bind("$1", chatId)
        .bind("$2", from.lastSeq())
        .bind("$3", from.lastRev())
        .bind("$4", column(messages, UUID[]::new, each -> each.draft().id()))
        .bind("$5", column(messages, String[]::new, each -> each.draft().senderId()))
        .bind("$6", column(messages, String[]::new, each -> each.draft().uniqueTempId()))
        .bind("$7", column(messages, UUID[]::new, EncodedMessage::fingerprint))
        .bind("$8", column(messages, String[]::new, each -> each.draft().content()))
        .bind("$9", column(messages, String[]::new, EncodedMessage::extra))
        .bind("$10", column(messages, Instant[]::new, EncodedMessage::createdAt))
        .bind("$11", column(messages, Instant[]::new, EncodedMessage::editedAt))
        .then();
  }

  /** Moves the counters of a chat to the last of the messages that were appended. */
  Mono<Void> count(String chatId, Progress now, Instant activeAt) {
    return database
        .sql(COUNT)
        .bind("$1", chatId)
        .bind("$2", now.lastSeq())
        .bind("$3", now.lastRev())
        .bind("$4", activeAt)
        .then();
  }

  /**
   * Moves the markers of all members to the last message.
   *
   * @param unread a JSON object: how many of the last messages a user has not read
   */
  Mono<Void> advanceMarkers(String chatId, long lastSeq, String unread) {
    return database
        .sql(ADVANCE_MARKERS)
        .bind("$1", chatId)
        .bind("$2", lastSeq)
        .bind("$3", Json.of(unread))
        .then();
  }

  private static <T, V> @Nullable V[] column(
      List<T> rows, IntFunction<@Nullable V[]> array, Function<T, @Nullable V> value) {
    return rows.stream().map(value).toArray(array);
  }
}
