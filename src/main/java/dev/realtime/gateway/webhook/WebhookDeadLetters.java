package dev.realtime.gateway.webhook;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Page;
import dev.realtime.gateway.store.Row;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The dead letters: events that the gateway gave up. The database keeps them for 30 days. */
@Component
public final class WebhookDeadLetters {

  private static final String LIST =
      """
      select number, id, type, subject, created_at, attempts, error, data::text as data
      from webhook_dead_letters where number < :before order by number desc limit :limit
      """;

  // Append it to its subject's queue: later events of the subject have been sent meanwhile.
  private static final String REPLAY =
      """
      with again as (
        delete from webhook_dead_letters where id = :id returning id, type, subject, queue, data,
                                                           created_at),
      queued as (
        insert into webhook_events (id, type, subject, queue, data, created_at)
        select id, type, subject, queue, data, created_at from again)
      select touch_webhook_queues(array_agg(queue)), count(*) as letters from again
      having count(*) > 0
      """;

  /**
   * A dead letter.
   *
   * @param error the reason of its last failed attempt
   */
  public record DeadLetter(
      String id,
      String type,
      String subject,
      Instant createdAt,
      int attempts,
      String error,
      @JsonRawValue String data) {}

  /**
   * A page of dead letters, the latest first.
   *
   * @param cursor where the next page begins; null on the last page
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Listed(List<DeadLetter> events, @Nullable String cursor) {}

  private record Numbered(long number, DeadLetter letter) {}

  private final Database database;
  private final WebhookOutbox outbox;

  WebhookDeadLetters(Database database, WebhookOutbox outbox) {
    this.database = database;
    this.outbox = outbox;
  }

  /**
   * Reads a page of dead letters.
   *
   * @param before the cursor of the previous page; {@link Long#MAX_VALUE} for the first page
   */
  public Mono<Listed> list(long before, int limit) {
    return database
        .sql(LIST)
        .bind("before", before)
        .page(limit, WebhookDeadLetters::letter)
        .map(WebhookDeadLetters::listed);
  }

  private static Listed listed(Page<Numbered> found) {
    return new Listed(
        found.items().stream().map(Numbered::letter).toList(),
        found.cursor(last -> Long.toString(last.number())));
  }

  private static Numbered letter(Row row) {
    String error = row.optionalText("error");
    return new Numbered(
        row.number("number"),
        new DeadLetter(
            row.id("id").toString(),
            row.text("type"),
            WebhookType.idOf(row.text("subject")),
            row.instant("created_at"),
            row.integer("attempts"),
            error == null ? "" : error,
            WebhookType.data(row)));
  }

  /**
   * Queues a dead letter again, under its old id and with the current time.
   *
   * @return false if there is no such dead letter
   */
  public Mono<Boolean> replay(UUID id) {
    return database
        .sql(REPLAY)
        .bind("id", id)
        .map(row -> row.number("letters") > 0)
        .one()
        .defaultIfEmpty(false)
        .doOnNext(_ -> outbox.announce());
  }
}
