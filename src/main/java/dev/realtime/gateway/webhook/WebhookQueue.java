package dev.realtime.gateway.webhook;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The waiting events in the database. All statements are short: no transaction stays open while the
 * gateway posts an event.
 */
@Component
final class WebhookQueue {

  // The due time is the lease: once it has passed, any instance may claim the queue. Queues without
  // an answer come first, since their number is limited.
  private static final String CLAIM =
      """
      with silent as materialized (
        select queue from webhook_queues where due_at <= clock_timestamp() and silent
        order by due_at limit :silent for update skip locked),
      others as materialized (
        select queue from webhook_queues where due_at <= clock_timestamp() and not silent
        order by due_at limit :limit for update skip locked),
      due as (select queue from silent union all select queue from others limit :limit)
      update webhook_queues q
      set due_at = clock_timestamp() + :millis * interval '1 ms', leased_by = :lease
      from due where q.queue = due.queue
      returning q.queue, q.silent
      """;

  private static final String EXTEND =
      """
      update webhook_queues set due_at = clock_timestamp() + :millis * interval '1 ms'
      where queue = :queue and leased_by = :lease
      """;

  private static final String RELEASE =
      """
      select release_webhook_queue(
        :queue, :lease, :waitMillis * interval '1 ms', :silent, :outage)
      """;

  // Read at least one event, and not many more bytes than one request may have.
  private static final String FIRST =
      """
      select position, id, type, subject, data, created_at, queued_at, attempts, refusals
      from (
        select position, id, type, subject, data::text as data, created_at, queued_at, attempts,
               refusals, sum(octet_length(data::text)) over (order by position)
                           - octet_length(data::text) as bytes_before
        from (
          select * from webhook_events where queue = :queue order by position limit :limit) e) e
      where bytes_before < :bytes order by position
      """;

  private static final String PENDING =
      """
      select count(*) as count
      from (select 1 from webhook_events order by position limit :limit) waiting
      """;

  private static final String FAILED =
      """
      update webhook_events
      set attempts = attempts + 1, refusals = refusals + :refused, error = :error
      where position = :position
      """;

  private static final String BURY =
      """
      with given_up as (delete from webhook_events where position = :position returning *)
      insert into webhook_dead_letters
        (id, type, subject, queue, data, created_at, attempts, error)
      select id, type, subject, queue, data, created_at, attempts + 1, :error from given_up
      """;

  // Skip locked and leased queues: another transaction is adding to them, or another instance is
  // sending.
  private static final String HURRY =
      """
      update webhook_queues set due_at = clock_timestamp(), outage = false
      where ctid = any (array(
        select ctid from webhook_queues
        where leased_by is null and due_at > clock_timestamp() and outage
        limit :most for update skip locked))
      """;

  private static final int HURRIED_AT_ONCE = 5_000;

  private final Database database;
  private final Batcher<List<WebhookEvent>, Boolean> accepted;

  WebhookQueue(Database database, GatewayProperties properties) {
    this.database = database;
    this.accepted =
        Batcher.named("accepted webhooks")
            .waiting(properties.webhook().concurrency())
            .calling(this::delete);
  }

  /**
   * A claimed queue: no other instance sends its events while the lease lasts.
   *
   * @param id the id of the lease in the database
   * @param silent whether the last request of the queue had no answer
   */
  record Claimed(String queue, UUID id, Lease lease, boolean silent) {}

  /**
   * How a queue pauses.
   *
   * @param silent whether the last request had no answer
   * @param outage whether the pause ends as soon as the receiver is back
   */
  record Pause(Duration length, boolean silent, boolean outage) {
    static final Pause NONE = new Pause(Duration.ZERO, false, false);
  }

  /**
   * Claims queues that are due, those that have waited longest first.
   *
   * @param silent how many of them may be such whose last request had no answer
   */
  Flux<Claimed> claim(int limit, int silent, Duration length) {
    return Flux.defer(() -> {
      UUID id = Identifiers.next();
      long begun = System.nanoTime();
      return database
          .sql(CLAIM)
          .bind("limit", limit)
          .bind("silent", silent)
          .bind("lease", id)
          .bind("millis", length.toMillis())
          .map(row ->
              new Claimed(row.text("queue"), id, new Lease(begun, length), row.flag("silent")))
          .all();
    });
  }

  /** Renews the lease; false if another instance has claimed the queue meanwhile. */
  Mono<Boolean> extend(Claimed claimed) {
    return Mono.defer(() -> {
      long begun = System.nanoTime();
      return database
          .sql(EXTEND)
          .bind("queue", claimed.queue())
          .bind("lease", claimed.id())
          .bind("millis", claimed.lease().length().toMillis())
          .rowsUpdated()
          .map(rows -> rows > 0)
          .doOnNext(held -> claimed.lease().extended(held, begun));
    });
  }

  /** Releases a queue: it is due again after the pause, or deleted if no event waits. */
  Mono<Void> release(Claimed claimed, Pause pause) {
    return database
        .sql(RELEASE)
        .bind("queue", claimed.queue())
        .bind("lease", claimed.id())
        .bind("waitMillis", pause.length().toMillis())
        .bind("silent", pause.silent())
        .bind("outage", pause.outage())
        .then();
  }

  /** Makes queues due that pause because the receiver was down, and that nobody has claimed. */
  Mono<Void> hurry() {
    return database
        .sql(HURRY)
        .bind("most", HURRIED_AT_ONCE)
        .rowsUpdated()
        .repeat()
        .takeUntil(rows -> rows < HURRIED_AT_ONCE)
        .then();
  }

  /** Reads the first events of a queue, in order. */
  Mono<List<WebhookEvent>> first(String queue, int limit) {
    return database
        .sql(FIRST)
        .bind("queue", queue)
        .bind("limit", limit)
        .bind("bytes", Turn.BYTES)
        .map(WebhookQueue::event)
        .list();
  }

  /** Deletes accepted events; one statement serves the events of several queues. */
  Mono<Void> accepted(List<WebhookEvent> events) {
    return accepted.submit(events).then();
  }

  private Mono<List<Boolean>> delete(List<List<WebhookEvent>> groups) {
    Long[] positions =
        groups.stream().flatMap(List::stream).map(WebhookEvent::position).toArray(Long[]::new);
    return database
        .sql("delete from webhook_events where position = any (:positions)")
        .bind("positions", positions)
        .then()
        .thenReturn(groups.stream().map(_ -> true).toList());
  }

  /**
   * Records a failed attempt.
   *
   * @param refused whether the receiver refused the event
   */
  Mono<Void> failed(WebhookEvent event, boolean refused, String reason) {
    return database
        .sql(FAILED)
        .bind("position", event.position())
        .bind("refused", refused ? 1 : 0)
        .bind("error", reason)
        .then();
  }

  /** Makes an event a dead letter after its last attempt. */
  Mono<Void> bury(WebhookEvent event, String reason) {
    return database.sql(BURY).bind("position", event.position()).bind("error", reason).then();
  }

  /** Counts the waiting events, up to a limit. */
  Mono<Long> pending(int limit) {
    return database.sql(PENDING).bind("limit", limit).map(row -> row.number("count")).one();
  }

  private static WebhookEvent event(Row row) {
    return new WebhookEvent(
        row.number("position"),
        row.id("id"),
        row.text("type"),
        row.text("subject"),
        WebhookType.data(row),
        row.instant("created_at"),
        row.instant("queued_at"),
        row.integer("attempts"),
        row.integer("refusals"));
  }
}
