package dev.realtime.gateway.chat;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Query;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Appends a group of drafts in one round trip. If the platform subscribed to the webhooks, the same
 * transaction also writes their events and schedules the hand-off to push.
 */
final class AppendStatement {

  private static final String APPEND =
      """
      select ord, outcome, id, seq, rev, created_at
      from append_messages(:chatIds, :ids, :senderIds, :tempIds, :fingerprints, :contents, :extras,
                           :anySenders, :mentioning, :wait)
      """;

  // Only the database knows the numbers, so the SQL inserts them before the other members of each
  // message's JSON.
  private static final String APPEND_AND_TELL =
      """
      with appended as materialized (
        select ord, outcome, id, seq, rev, created_at
        from append_messages(:chatIds, :ids, :senderIds, :tempIds, :fingerprints, :contents,
                             :extras, :anySenders, :mentioning, :wait)),
      told as materialized (
        select add_webhook_events(array_agg(e.id), :eventType, array_agg(e.subject),
                                  array_agg(e.data), max(e.created_at))
        from (
          select u.id, u.subject, a.created_at,
                 '{"seq":' || a.seq || ',"rev":' || a.rev || ',"prev":' || a.seq - 1 || ','
                   || substr(u.data, 2) as data
          from appended a
          join unnest(:eventIds::uuid[], :subjects::text[], :eventData::text[]) with ordinality
               as u (id, subject, data, ord) on u.ord = a.ord
          where a.outcome = 'appended'
          order by u.subject, a.seq) e
        having count(*) > 0),
      awaited as (
        insert into message_handoffs (chat_id, due_at)
        select distinct (:chatIds::text[])[a.ord] collate "C" as chat_id,
               clock_timestamp() + :undeliveredAfter::bigint * interval '1 ms'
        from appended a where a.outcome = 'appended' and :undeliveredAfter::bigint is not null
        order by chat_id
        on conflict (chat_id) do update set due_at = excluded.due_at, again = false
        where message_handoffs.again)
      select a.* from appended a, (select count(*) from told) evaluated
      """;

  /** Writes a message without the members that only the database knows. */
  private static final JsonMapper UNNUMBERED =
      WireJson.mapper().rebuild().addMixIn(Message.class, Unnumbered.class).build();

  @JsonIgnoreProperties({"seq", "rev", "prev", "createdAt"})
  private interface Unnumbered {}

  /** The outcome of {@code append_messages} for one draft. */
  enum Outcome {
    APPENDED,
    /** The message had been appended before. */
    DUPLICATE,
    /** Another message was appended before under this idempotency key. */
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    ENCRYPTION_REQUIRED,
    /** Another transaction holds the chat's row, and the caller asked the statement not to wait. */
    HELD
  }

  /**
   * The result of appending one draft.
   *
   * @param id null, like the following components, unless the message is stored
   */
  record Result(
      Outcome outcome,
      @Nullable UUID id,
      @Nullable Long seq,
      @Nullable Long rev,
      @Nullable Instant createdAt) {

    private static Result of(Row row) {
      return new Result(
          row.word("outcome", Outcome.class),
          row.optionalId("id"),
          row.optionalNumber("seq"),
          row.optionalNumber("rev"),
          row.optionalInstant("created_at"));
    }
  }

  private final Database database;
  private final WebhookOutbox outbox;
  private final boolean tellsCreated;
  private final @Nullable Long undeliveredAfter;

  AppendStatement(Database database, WebhookOutbox outbox, GatewayProperties properties) {
    this.database = database;
    this.outbox = outbox;
    this.tellsCreated = outbox.wants(WebhookType.MESSAGE_CREATED);
    this.undeliveredAfter =
        outbox.wants(WebhookType.MESSAGE_UNDELIVERED)
            ? properties.webhook().undeliveredAfter().toMillis()
            : null;
  }

  /**
   * Appends drafts, of which no two have the same chat, sender and idempotency key.
   *
   * @param wait whether to wait for rows that another transaction holds; otherwise their drafts are
   *     {@code HELD}
   * @return one result per draft, in the order of the drafts
   */
  Mono<List<Result>> run(List<Draft> drafts, boolean wait) {
    // Without webhook subscriptions the plain statement runs, which has no webhook parameters at
    // all.
    return tellsCreated || undeliveredAfter != null
        ? ask(drafts, tell(bind(database.sql(APPEND_AND_TELL), drafts, wait), drafts))
            .doOnNext(_ -> outbox.announce())
        : ask(drafts, bind(database.sql(APPEND), drafts, wait));
  }

  private static Query bind(Query append, List<Draft> drafts, boolean wait) {
    return append
        .bindColumn("chatIds", drafts, String.class, Draft::chatId)
        .bindColumn("ids", drafts, UUID.class, Draft::id)
        .bindColumn("senderIds", drafts, String.class, Draft::senderId)
        .bindColumn("tempIds", drafts, String.class, Draft::uniqueTempId)
        .bindColumn("fingerprints", drafts, UUID.class, Draft::fingerprint)
        .bindColumn("contents", drafts, String.class, Draft::content)
        .bindColumn("extras", drafts, String.class, Draft::extraJson)
        .bindColumn("anySenders", drafts, Boolean.class, Draft::anySender)
        .bind("mentioning", mentioning(drafts), UUID[].class)
        .bind("wait", wait);
  }

  private static UUID @Nullable [] mentioning(List<Draft> drafts) {
    UUID[] ids =
        drafts.stream().filter(Draft::mentionsSomebody).map(Draft::id).toArray(UUID[]::new);
    return ids.length == 0 ? null : ids;
  }

  private Query tell(Query append, List<Draft> drafts) {
    List<Draft> told = tellsCreated ? drafts : List.of();
    return append
        .bind("eventType", WebhookType.MESSAGE_CREATED.wireName())
        .bindColumn("eventIds", told, UUID.class, _ -> Identifiers.next())
        .bindColumn("subjects", told, String.class, AppendStatement::subject)
        .bindColumn("eventData", told, String.class, AppendStatement::unnumbered)
        .bind("undeliveredAfter", undeliveredAfter, Long.class);
  }

  private static String subject(Draft draft) {
    return WebhookType.MESSAGE_CREATED.subject(draft.chatId());
  }

  private static String unnumbered(Draft draft) {
    return UNNUMBERED.writeValueAsString(draft.numbered(0, 0, Instant.EPOCH));
  }

  private static Mono<List<Result>> ask(List<Draft> drafts, Query append) {
    return append.map(Result::of).inOrder(drafts.size());
  }
}
