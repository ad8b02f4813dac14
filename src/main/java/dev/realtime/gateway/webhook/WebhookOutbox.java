package dev.realtime.gateway.webhook;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.StoredJson;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The outbox of events for the platform. A feature adds an event in the transaction of the change
 * that the event reports, so that the database stores both or neither.
 */
@Component
public final class WebhookOutbox {

  private static final String ADD =
      "select add_webhook_events(:ids, :type, :subjects, :data, clock_timestamp(), :apart)";

  /**
   * A new event.
   *
   * @param subject the chat, user or stream that the event is about; its events keep their order
   * @param data the {@code data} of the webhook's body
   */
  public record Entry(String subject, Object data) {}

  private final Database database;
  private final Set<WebhookType> wanted = EnumSet.noneOf(WebhookType.class);
  private final Sinks.Many<Boolean> written = Sinks.many().multicast().directBestEffort();

  WebhookOutbox(Database database, GatewayProperties properties) {
    this.database = database;
    Arrays.stream(WebhookType.values())
        .filter(type -> properties.webhook().events().contains(type.wireName()))
        .forEach(wanted::add);
  }

  /** Whether {@code WEBHOOK_EVENTS} lists this type; if not, callers need not prepare an event. */
  public boolean wants(WebhookType type) {
    return wanted.contains(type);
  }

  /**
   * Adds an event in the caller's transaction, or does nothing if the type is not enabled. The
   * transaction locks the subject until it ends, unless the type waits for nobody.
   *
   * @param subject the chat, user or stream that the event is about; its events keep their order
   * @param data the {@code data} of the webhook's body
   */
  public Mono<Void> add(WebhookType type, String subject, Object data) {
    return wants(type) ? addAll(type, List.of(new Entry(subject, data))) : Mono.empty();
  }

  /** Adds several events in one statement, in the caller's transaction. */
  public Mono<Void> addAll(WebhookType type, List<Entry> entries) {
    if (!wants(type) || entries.isEmpty()) {
      return Mono.empty();
    }
    return database
        .sql(ADD)
        .bindColumn("ids", entries, UUID.class, _ -> Identifiers.next())
        .bind("type", type.wireName())
        .bind("apart", type.isApart())
        .bindColumn("subjects", entries, String.class, entry -> type.subject(entry.subject()))
        .bindColumn("data", entries, String.class, entry -> StoredJson.write(entry.data()))
        .then()
        .then(database.afterCommit(this::announce));
  }

  /** Signals that events have been committed, so that delivery polls at once. */
  public void announce() {
    // Without a receiver nobody listens; a lost signal only delays delivery until the next poll.
    var _ = written.tryEmitNext(true);
  }

  /** Signals after commits of this instance; a signal may be lost. */
  Flux<Boolean> written() {
    return written.asFlux();
  }
}
