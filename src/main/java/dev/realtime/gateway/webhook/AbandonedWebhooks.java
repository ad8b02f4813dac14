package dev.realtime.gateway.webhook;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Deletes events that have waited for 30 days while webhooks are off, since nobody will send them.
 * While webhooks are on, delivery itself ends every wait.
 */
@Component
final class AbandonedWebhooks implements Sweeping {

  private static final Duration PERIOD = Duration.ofHours(1);
  private static final int AT_ONCE = 5_000;

  private static final String OLD = "queued_at < now() - interval '30 days'";

  private static final String FORGET_QUEUES =
      "select forget_webhook_queues(now() - interval '30 days', :most) as deleted";

  private final Database database;
  private final Sweeper sweeper;
  private final boolean off;

  AbandonedWebhooks(Database database, GatewayProperties properties) {
    this.database = database;
    this.off = !properties.webhook().isConfigured();
    this.sweeper = new Sweeper("abandoned webhooks", PERIOD, Mono.defer(this::sweep));
  }

  private Mono<Boolean> sweep() {
    return Mono.zip(events(), queues(), (events, queues) -> events || queues);
  }

  private Mono<Boolean> events() {
    return database
        .deleteSome("webhook_events", OLD)
        .bind("most", AT_ONCE)
        .rowsUpdated()
        .map(deleted -> deleted >= AT_ONCE);
  }

  private Mono<Boolean> queues() {
    return database
        .sql(FORGET_QUEUES)
        .bind("most", AT_ONCE)
        .map(row -> row.integer("deleted") >= AT_ONCE)
        .one();
  }

  /** Starts only while webhooks are off. */
  @Override
  public void start() {
    if (off) {
      Sweeping.super.start();
    }
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
