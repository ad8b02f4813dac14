package dev.realtime.gateway.webhook;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.realtime.gateway.store.Database;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The dead letters: events that the gateway gave up. The database keeps them for 30 days. */
@Component
public class WebhookDeadLetters {

  private static final String LIST =
      """
      select number, id, type, subject, created_at, attempts, error, data::text as data
      from webhook_dead_letters where number < $1 order by number desc limit $2
      """;

  // Append it to its subject's queue: later events of the subject have been sent meanwhile.
  private static final String REPLAY =
      """
      with again as (
        delete from webhook_dead_letters where id = $1 returning id, type, subject, data, created_at),
      queued as (
        insert into webhook_events (id, type, subject, data, created_at)
        select id, type, subject, data, created_at from again)
      select touch_webhook_subjects(array_agg(subject)), count(*) as letters from again
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
  public record Page(List<DeadLetter> events, @Nullable String cursor) {}

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
  public Mono<Page> list(long before, int limit) {
    return database
        .sql(LIST)
        .bind("$1", before)
        .bind("$2", limit + 1)
        .map(WebhookDeadLetters::letter)
        .all()
        .collectList()
        .map(found -> page(found, limit));
  }

  private static Page page(List<Numbered> found, int limit) {
    List<Numbered> shown = found.size() > limit ? found.subList(0, limit) : found;
    String cursor = found.size() > limit ? Long.toString(shown.getLast().number()) : null;
    return new Page(shown.stream().map(Numbered::letter).toList(), cursor);
  }

  private static Numbered letter(Readable row) {
    String error = row.get("error", String.class);
    return new Numbered(
        Objects.requireNonNull(row.get("number", Long.class)),
        new DeadLetter(
            Objects.requireNonNull(row.get("id", UUID.class)).toString(),
            text(row, "type"),
            WebhookType.idOf(text(row, "subject")),
            Objects.requireNonNull(row.get("created_at", Instant.class)),
            Objects.requireNonNull(row.get("attempts", Integer.class)),
            error == null ? "" : error,
            text(row, "data")));
  }

  /**
   * Queues a dead letter again, under its old id and with the current time.
   *
   * @return false if there is no such dead letter
   */
  public Mono<Boolean> replay(UUID id) {
    return database
        .sql(REPLAY)
        .bind("$1", id)
        .map(row -> Objects.requireNonNull(row.get("letters", Long.class)) > 0)
        .one()
        .defaultIfEmpty(false)
        .doOnNext(_ -> outbox.announce());
  }

  private static String text(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, String.class), column);
  }
}
