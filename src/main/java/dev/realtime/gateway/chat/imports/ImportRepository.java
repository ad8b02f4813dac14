package dev.realtime.gateway.chat.imports;

import dev.realtime.gateway.chat.ChatBeginning;
import dev.realtime.gateway.chat.ChatPlan;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.store.Database;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The SQL of the import: one statement for each table that a line changes. All statements of a line
 * run in one transaction.
 */
@Component
final class ImportRepository {

  private static final String COUNT_OF_CHAT =
      "select count(*) as count from messages where chat_id = :chatId and id = any (:ids)";

  private static final String CREATE =
      """
      insert into chats (id, type, title, encryption, direct_key, member_count,
                         created_at, active_at)
      values (:id, :type, :title, :encryption, :directKey, :memberCount,
              coalesce(:createdAt, now()), coalesce(:createdAt, now()))
      on conflict do nothing
      """;

  // The members' times differ by a microsecond, which preserves their order. Their markers begin at
  // the chat's base: there are no messages below it.
  private static final String FILL =
      """
      insert into chat_members (chat_id, user_id, role, joined_at, read_seq, delivered_seq)
      select c.id, m.user_id, m.role, c.created_at + (m.ord - 1) * interval '1 microsecond',
             c.base_seq, c.base_seq
      from chats c
      cross join unnest(:users, :roles) with ordinality as m (user_id, role, ord)
      where c.id = :id
      """;

  private static final String LOCK =
      "select last_seq, last_rev, imported_seq from chats where id = :id for no key update";

  private static final String STORED =
      """
      select id, seq, created_at from messages where id = any (:ids)
      union all
      select id, seq, created_at from messages where chat_id = :chatId and seq = :seq
      """;

  private static final String APPEND =
      """
      insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                            content, extra, created_at, edited_at)
      select :chatId, :lastSeq + m.ord, m.id, :lastRev + m.ord, :lastRev + m.ord, m.sender_id,
             m.temp_id, m.fingerprint, m.content, m.extra::jsonb, m.created_at, m.edited_at
      from unnest(:ids, :senders, :tempIds, :fingerprints, :contents, :extras, :times, :editTimes)
        with ordinality as m (
          id, sender_id, temp_id, fingerprint, content, extra, created_at, edited_at, ord)
      """;

  private static final String COUNT =
      """
      update chats
      set last_seq = :lastSeq, last_rev = :lastRev, imported_seq = :lastSeq, active_at = :activeAt
      where id = :chatId
      """;

  // A marker never moves back, nor beyond the last message. The operator ->> finds a member's count
  // without reading the others.
  private static final String ADVANCE_MARKERS =
      """
      update chat_members m
      set read_seq = least(
            :lastSeq,
            greatest(m.read_seq, :lastSeq - coalesce((:unread ->> m.user_id)::bigint, 0))),
          delivered_seq = :lastSeq
      where m.chat_id = :chatId
      """;

  private final Database database;
  private final ChatBeginning beginning;

  ImportRepository(Database database, ChatBeginning beginning) {
    this.database = database;
    this.beginning = beginning;
  }

  /** Returns how many of these messages the chat has. */
  Mono<Long> count(String chatId, Collection<UUID> ids) {
    return database
        .sql(COUNT_OF_CHAT)
        .bind("chatId", chatId)
        .bind("ids", ids.toArray(UUID[]::new))
        .map(row -> row.number("count"))
        .one();
  }

  /**
   * Creates a chat with its members; false if the id or the direct pair already has a chat. Fails
   * like {@link ChatBeginning#begin}.
   */
  Mono<Boolean> create(String id, ChatPlan plan, @Nullable Instant createdAt) {
    String encryption = plan.encryption() == null ? null : plan.encryption().wireName();
    return database
        .sql(CREATE)
        .bind("id", id)
        .bind("type", plan.type().wireName())
        .bind("title", plan.title(), String.class)
        .bind("encryption", encryption, String.class)
        .bind("directKey", plan.directKey(), String.class)
        .bind("memberCount", plan.members().size())
        .bind("createdAt", createdAt, Instant.class)
        .rowsUpdated()
        .flatMap(rows ->
            rows == 0
                ? Mono.just(false)
                : beginning.begin(id).then(fill(id, plan)).thenReturn(true));
  }

  private Mono<Void> fill(String id, ChatPlan plan) {
    return database
        .sql(FILL)
        .bind("id", id)
        .bindTexts("users", plan.members().keySet())
        .bindTexts("roles", plan.members().values().stream().map(Role::wireName).toList())
        .then();
  }

  /** Locks a chat until the end of the transaction; empty if there is no such chat. */
  Mono<Progress> lock(String id) {
    return database
        .sql(LOCK)
        .bind("id", id)
        .map(row ->
            new Progress(
                row.number("last_seq"), row.number("last_rev"), row.number("imported_seq")))
        .one();
  }

  /** Returns those of the messages that are stored, and the message with this {@code seq}. */
  Mono<List<Progress.Stored>> stored(String chatId, List<PastMessage> messages, long seq) {
    return database
        .sql(STORED)
        .bind("chatId", chatId)
        .bindColumn("ids", messages, UUID.class, PastMessage::id)
        .bind("seq", seq)
        .map(row -> new Progress.Stored(row.id("id"), row.number("seq"), row.instant("created_at")))
        .list();
  }

  /** Appends messages after the last one of a locked chat. */
  Mono<Void> append(String chatId, Progress from, List<EncodedMessage> messages) {
    return database
        .sql(APPEND)
        .bind("chatId", chatId)
        .bind("lastSeq", from.lastSeq())
        .bind("lastRev", from.lastRev())
        .bindColumn("ids", messages, UUID.class, each -> each.draft().id())
        .bindColumn("senders", messages, String.class, each -> each.draft().senderId())
        .bindColumn("tempIds", messages, String.class, each -> each.draft().uniqueTempId())
        .bindColumn("fingerprints", messages, UUID.class, EncodedMessage::fingerprint)
        .bindColumn("contents", messages, String.class, each -> each.draft().content())
        .bindColumn("extras", messages, String.class, EncodedMessage::extra)
        .bindColumn("times", messages, Instant.class, EncodedMessage::createdAt)
        .bindColumn("editTimes", messages, Instant.class, EncodedMessage::editedAt)
        .then();
  }

  /** Moves the counters of a chat to the last appended message. */
  Mono<Void> count(String chatId, Progress now, Instant activeAt) {
    return database
        .sql(COUNT)
        .bind("chatId", chatId)
        .bind("lastSeq", now.lastSeq())
        .bind("lastRev", now.lastRev())
        .bind("activeAt", activeAt)
        .then();
  }

  /**
   * Moves the markers of all members to the last message.
   *
   * @param unread per user how many of the last messages are unread
   */
  Mono<Void> advanceMarkers(String chatId, long lastSeq, Map<String, Integer> unread) {
    return database
        .sql(ADVANCE_MARKERS)
        .bind("chatId", chatId)
        .bind("lastSeq", lastSeq)
        .bindJson("unread", unread)
        .then();
  }
}
