package dev.realtime.gateway.webhook;

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

  // The due time is the lease: once it has passed, any instance may claim the subject.
  private static final String CLAIM =
      """
      with due as materialized (
        select subject from webhook_subjects where due_at <= clock_timestamp()
        order by due_at limit :limit for update skip locked)
      update webhook_subjects s
      set due_at = clock_timestamp() + :millis * interval '1 ms', leased_by = :lease
      from due where s.subject = due.subject
      returning s.subject
      """;

  private static final String EXTEND =
      """
      update webhook_subjects set due_at = clock_timestamp() + :millis * interval '1 ms'
      where subject = :subject and leased_by = :lease
      """;

  private static final String FIRST =
      """
      select position, id, type, subject, data::text as data, created_at, queued_at, attempts
      from webhook_events where subject = :subject order by position limit :limit
      """;

  private static final String PENDING =
      """
      select count(*) as count
      from (select 1 from webhook_events order by position limit :limit) waiting
      """;

  private static final String FAILED =
      """
      update webhook_events set attempts = :attempts, error = :error where position = :position
      """;

  private static final String BURY =
      """
      with given_up as (delete from webhook_events where position = :position returning *)
      insert into webhook_dead_letters (id, type, subject, data, created_at, attempts, error)
      select id, type, subject, data, created_at, :attempts, :error from given_up
      """;

  // Skip locked and leased subjects: another transaction is adding to them, or another instance is
  // sending.
  private static final String HURRY =
      """
      update webhook_subjects set due_at = clock_timestamp() where ctid = any (array(
        select ctid from webhook_subjects where leased_by is null and due_at > clock_timestamp()
        limit :most for update skip locked))
      """;

  private static final int HURRIED_AT_ONCE = 5_000;
  private final Database database;
  private final Batcher<Long, Boolean> accepted =
      Batcher.named("accepted webhooks").waiting(WebhookDelivery.SUBJECTS).calling(this::delete);

  WebhookQueue(Database database) {
    this.database = database;
  }

  /**
   * A claimed subject: no other instance sends its events while the lease lasts.
   *
   * @param id the id of the lease in the database
   */
  record Claimed(String subject, UUID id, Lease lease) {}

  /** Claims subjects that are due, those that have waited longest first. */
  Flux<Claimed> claim(int limit, Duration length) {
    return Flux.defer(() -> {
      UUID id = Identifiers.next();
      long begun = System.nanoTime();
      return database
          .sql(CLAIM)
          .bind("limit", limit)
          .bind("lease", id)
          .bind("millis", length.toMillis())
          .map(row -> new Claimed(row.text("subject"), id, new Lease(begun, length)))
          .all();
    });
  }

  /** Renews the lease; false if another instance has claimed the subject meanwhile. */
  Mono<Boolean> extend(Claimed claimed) {
    return Mono.defer(() -> {
      long begun = System.nanoTime();
      return database
          .sql(EXTEND)
          .bind("subject", claimed.subject())
          .bind("lease", claimed.id())
          .bind("millis", claimed.lease().length().toMillis())
          .rowsUpdated()
          .map(rows -> rows > 0)
          .doOnNext(held -> claimed.lease().extended(held, begun));
    });
  }

  /** Releases a subject: it is due again after the pause, or deleted if no event waits. */
  Mono<Void> release(Claimed claimed, Duration wait) {
    return database
        .sql("select release_webhook_subject(:subject, :lease, :waitMillis * interval '1 ms')")
        .bind("subject", claimed.subject())
        .bind("lease", claimed.id())
        .bind("waitMillis", wait.toMillis())
        .then();
  }

  /** Makes a batch of subjects due that pause after a failure and that nobody has claimed. */
  Mono<Void> hurry() {
    return database
        .sql(HURRY)
        .bind("most", HURRIED_AT_ONCE)
        .rowsUpdated()
        .repeat()
        .takeUntil(rows -> rows < HURRIED_AT_ONCE)
        .then();
  }

  /** Reads the first events of a subject, in order. */
  Mono<List<WebhookEvent>> first(String subject, int limit) {
    return database
        .sql(FIRST)
        .bind("subject", subject)
        .bind("limit", limit)
        .map(WebhookQueue::event)
        .list();
  }

  /** Deletes an accepted event; one statement serves the events of several subjects. */
  Mono<Void> accepted(WebhookEvent event) {
    return accepted.submit(event.position()).then();
  }

  private Mono<List<Boolean>> delete(List<Long> positions) {
    return database
        .sql("delete from webhook_events where position = any (:positions)")
        .bind("positions", positions.toArray(Long[]::new))
        .then()
        .thenReturn(positions.stream().map(_ -> true).toList());
  }

  /** Records a failed attempt. */
  Mono<Void> failed(WebhookEvent event, String reason) {
    return database
        .sql(FAILED)
        .bind("position", event.position())
        .bind("attempts", event.attempts() + 1)
        .bind("error", reason)
        .then();
  }

  /** Makes an event a dead letter after its last attempt. */
  Mono<Void> bury(WebhookEvent event, String reason) {
    return database
        .sql(BURY)
        .bind("position", event.position())
        .bind("attempts", event.attempts() + 1)
        .bind("error", reason)
        .then();
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
        row.integer("attempts"));
  }
}
