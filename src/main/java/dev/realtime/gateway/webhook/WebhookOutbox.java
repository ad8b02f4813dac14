package dev.realtime.gateway.webhook;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.store.Database;
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
 * Where features leave what the platform is to be told, in the transaction of the fact itself: both
 * are stored, or neither.
 */
@Component
public class WebhookOutbox {

  private static final String ADD = "select add_webhook_events($1, $2, $3, $4)";

  /**
   * An event to be.
   *
   * @param subject whose events keep their order: a chat, user, stream or call
   * @param data becomes the {@code data} of the webhook's body
   */
  public record Entry(String subject, Object data) {}

  private final Database database;
  private final EnvelopeCodec codec;
  private final Set<WebhookType> wanted = EnumSet.noneOf(WebhookType.class);
  private final Sinks.Many<Boolean> written = Sinks.many().multicast().directBestEffort();

  WebhookOutbox(Database database, EnvelopeCodec codec, GatewayProperties properties) {
    this.database = database;
    this.codec = codec;
    Arrays.stream(WebhookType.values())
        .filter(type -> properties.webhook().events().contains(type.wireName()))
        .forEach(wanted::add);
  }

  /** Whether the platform asked for this type; where it did not, nothing is to be prepared. */
  public boolean wants(WebhookType type) {
    return wanted.contains(type);
  }

  /**
   * Writes an event in the caller's transaction; does nothing where nobody asked for the type. It
   * holds the subject until the end of the transaction.
   *
   * @param subject whose events keep their order: a chat, user, stream or call
   * @param data becomes the {@code data} of the webhook's body
   */
  public Mono<Void> add(WebhookType type, String subject, Object data) {
    return wants(type) ? addAll(type, List.of(new Entry(subject, data))) : Mono.empty();
  }

  /** The same for several, in one statement. */
  public Mono<Void> addAll(WebhookType type, List<Entry> entries) {
    if (!wants(type) || entries.isEmpty()) {
      return Mono.empty();
    }
    return database
        .sql(ADD)
        .bind("$1", entries.stream().map(_ -> Identifiers.next()).toArray(UUID[]::new))
        .bind("$2", type.wireName())
        .bind(
            "$3",
            entries.stream().map(entry -> type.subject(entry.subject())).toArray(String[]::new))
        .bind("$4", entries.stream().map(Entry::data).map(codec::writeData).toArray(String[]::new))
        .then()
        .then(database.afterCommit(this::announce));
  }

  /** Events have been committed: delivery need not wait for its next look. */
  public void announce() {
    // Nobody listens where nothing is delivered; one signal too few only costs the time to a look.
    var _ = written.tryEmitNext(true);
  }

  /** Signals after commits of this instance; some may be missing. */
  Flux<Boolean> written() {
    return written.asFlux();
  }
}
