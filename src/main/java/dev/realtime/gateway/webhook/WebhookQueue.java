package dev.realtime.gateway.webhook;

import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
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
        order by due_at limit $1 for update skip locked)
      update webhook_subjects s
      set due_at = clock_timestamp() + $3 * interval '1 ms', leased_by = $2
      from due where s.subject = due.subject
      returning s.subject
      """;

  private static final String EXTEND =
      """
      update webhook_subjects set due_at = clock_timestamp() + $3 * interval '1 ms'
      where subject = $1 and leased_by = $2
      """;

  private static final String FIRST =
      """
      select position, id, type, subject, data::text as data, created_at, queued_at, attempts
      from webhook_events where subject = $1 order by position limit $2
      """;

  private static final String BURY =
      """
      with given_up as (delete from webhook_events where position = $1 returning *)
      insert into webhook_dead_letters (id, type, subject, data, created_at, attempts, error)
      select id, type, subject, data, created_at, $2, $3 from given_up
      """;

  // Skip locked and leased subjects: another transaction is adding to them, or another instance is
  // sending.
  private static final String HURRY =
      """
      update webhook_subjects set due_at = clock_timestamp() where ctid = any (array(
        select ctid from webhook_subjects where leased_by is null and due_at > clock_timestamp()
        limit $1 for update skip locked))
      """;

  private static final int HURRIED_AT_ONCE = 5_000;
  private static final int GROUP = 256;

  private final Database database;
  private final Batcher<Long, Boolean> accepted =
      new Batcher<>(
          "accepted webhooks", GROUP, WebhookDelivery.SUBJECTS, position -> position, this::delete);

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
          .bind("$1", limit)
          .bind("$2", id)
          .bind("$3", length.toMillis())
          .map(row -> new Claimed(text(row, "subject"), id, new Lease(begun, length)))
          .all();
    });
  }

  /** Renews the lease; false if another instance has claimed the subject meanwhile. */
  Mono<Boolean> extend(Claimed claimed) {
    return Mono.defer(() -> {
      long begun = System.nanoTime();
      return database
          .sql(EXTEND)
          .bind("$1", claimed.subject())
          .bind("$2", claimed.id())
          .bind("$3", claimed.lease().length().toMillis())
          .rowsUpdated()
          .map(rows -> rows > 0)
          .doOnNext(held -> claimed.lease().extended(held, begun));
    });
  }

  /** Releases a subject: it is due again after the pause, or deleted if no event waits. */
  Mono<Void> release(Claimed claimed, Duration wait) {
    return database
        .sql("select release_webhook_subject($1, $2, $3 * interval '1 ms')")
        .bind("$1", claimed.subject())
        .bind("$2", claimed.id())
        .bind("$3", wait.toMillis())
        .then();
  }

  /** Makes a batch of subjects due that pause after a failure and that nobody has claimed. */
  Mono<Void> hurry() {
    return database
        .sql(HURRY)
        .bind("$1", HURRIED_AT_ONCE)
        .rowsUpdated()
        .repeat()
        .takeUntil(rows -> rows < HURRIED_AT_ONCE)
        .then();
  }

  /** Reads the first events of a subject, in order. */
  Mono<List<WebhookEvent>> first(String subject, int limit) {
    return database
        .sql(FIRST)
        .bind("$1", subject)
        .bind("$2", limit)
        .map(WebhookQueue::event)
        .all()
        .collectList();
  }

  /** Deletes an accepted event; one statement serves the events of several subjects. */
  Mono<Void> accepted(WebhookEvent event) {
    return accepted.submit(event.position()).then();
  }

  private Mono<List<Boolean>> delete(List<Long> positions) {
    return database
        .sql("delete from webhook_events where position = any ($1)")
        .bind("$1", positions.toArray(Long[]::new))
        .then()
        .thenReturn(positions.stream().map(_ -> true).toList());
  }

  /** Records a failed attempt. */
  Mono<Void> failed(WebhookEvent event, String reason) {
    return database
        .sql("update webhook_events set attempts = $2, error = $3 where position = $1")
        .bind("$1", event.position())
        .bind("$2", event.attempts() + 1)
        .bind("$3", reason)
        .then();
  }

  /** Makes an event a dead letter after its last attempt. */
  Mono<Void> bury(WebhookEvent event, String reason) {
    return database
        .sql(BURY)
        .bind("$1", event.position())
        .bind("$2", event.attempts() + 1)
        .bind("$3", reason)
        .then();
  }

  /** Counts the waiting events, up to a limit. */
  Mono<Long> pending(int limit) {
    return database
        .sql(
            "select count(*) from (select 1 from webhook_events order by position limit $1) waiting")
        .bind("$1", limit)
        .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
        .one();
  }

  private static WebhookEvent event(Readable row) {
    return new WebhookEvent(
        Objects.requireNonNull(row.get("position", Long.class)),
        Objects.requireNonNull(row.get("id", UUID.class)),
        text(row, "type"),
        text(row, "subject"),
        text(row, "data"),
        Objects.requireNonNull(row.get("created_at", Instant.class)),
        Objects.requireNonNull(row.get("queued_at", Instant.class)),
        Objects.requireNonNull(row.get("attempts", Integer.class)));
  }

  private static String text(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, String.class), column);
  }
}
