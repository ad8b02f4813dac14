package dev.realtime.gateway.webhook;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Page;
import dev.realtime.gateway.store.Row;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The events that wait for delivery, for people who look after the receiver. */
@Component
public final class WebhookWaiting {

  // One row per queue with its first event, since the others of the queue wait for that one.
  private static final String LIST =
      """
      select q.queue, e.id, e.type, e.subject, e.created_at, e.attempts, e.error, n.waiting,
             greatest(extract(epoch from clock_timestamp() - e.queued_at), 0)::bigint as age,
             case when q.leased_by is null then q.due_at end as due_at
      from (
        select queue, due_at, leased_by from webhook_queues w
        where queue > :after
          and exists (select 1 from webhook_events e where e.queue = w.queue)
        order by queue limit :limit) q
      cross join lateral (
        select * from webhook_events e where e.queue = q.queue order by e.position limit 1) e
      cross join lateral (
        select count(*) as waiting from (
          select 1 from webhook_events e where e.queue = q.queue limit 1000) counted) n
      order by q.queue
      """;

  private static final String SKIP =
      """
      with skipped as (delete from webhook_events where id = :id returning *),
      buried as (
        insert into webhook_dead_letters
          (id, type, subject, queue, data, created_at, attempts, error)
        select id, type, subject, queue, data, created_at, attempts,
               concat_ws(': ', 'skipped', error)
        from skipped),
      due as (
        update webhook_queues q set due_at = clock_timestamp()
        from skipped s where q.queue = s.queue and q.leased_by is null)
      select count(*) as events from skipped
      """;

  /**
   * A subject with waiting events, or one event that waits for nobody.
   *
   * @param id the first event
   * @param ageSeconds how long it has waited
   * @param waiting how many events wait with it, up to 1,000
   * @param attempts how often its delivery has failed
   * @param error the reason of its last failed attempt; null for none
   * @param nextAttemptAt null while the gateway is sending
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Waiting(
      String id,
      String type,
      String subject,
      Instant createdAt,
      long ageSeconds,
      long waiting,
      int attempts,
      @Nullable String error,
      @Nullable Instant nextAttemptAt) {}

  /** What waits, and its queue, by which the list is sorted. */
  public record Queued(String queue, Waiting waiting) {}

  private final Database database;
  private final WebhookOutbox outbox;

  WebhookWaiting(Database database, WebhookOutbox outbox) {
    this.database = database;
    this.outbox = outbox;
  }

  /**
   * Reads a page of the subjects with waiting events.
   *
   * @param after the last queue of the previous page; empty for the first page
   */
  public Mono<Page<Queued>> list(String after, int limit) {
    return database.sql(LIST).bind("after", after).page(limit, WebhookWaiting::queued);
  }

  private static Queued queued(Row row) {
    return new Queued(
        row.text("queue"),
        new Waiting(
            row.id("id").toString(),
            row.text("type"),
            WebhookType.idOf(row.text("subject")),
            row.instant("created_at"),
            row.number("age"),
            row.number("waiting"),
            row.integer("attempts"),
            row.optionalText("error"),
            row.optionalInstant("due_at")));
  }

  /**
   * Makes a waiting event a dead letter, so that its subject continues without it. A request that
   * is under way is not recalled.
   *
   * @return false if no such event waits
   */
  public Mono<Boolean> skip(UUID id) {
    return database
        .sql(SKIP)
        .bind("id", id)
        .map(row -> row.number("events") > 0)
        .one()
        .doOnNext(_ -> outbox.announce());
  }
}
