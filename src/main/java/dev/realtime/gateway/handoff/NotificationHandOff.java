package dev.realtime.gateway.handoff;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookOutbox.Entry;
import dev.realtime.gateway.webhook.WebhookType;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Hands notifications that no device acknowledged in time off to the platform, once: the webhook
 * event and the record of the hand-off are one transaction. All instances share the work.
 */
@Component
final class NotificationHandOff implements Sweeping {

  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final int GROUP = 100;

  // Only one instance at a time runs this: two would hand off the notifications of one user in any
  // order. 21063 is a class of locks of the gateway's own, since others may use the database too.
  private static final String ALONE = "select pg_try_advisory_xact_lock(21063, 1) as alone";

  private static final String DUE =
      """
      select user_id, id, type, title, message, data, created_at,
             coalesce(
               hand_off_at < now() - :giveUpMillis * interval '1 ms' or expires_at <= now()
               or position <= (
                 select c.read_up_to from notification_counters c where c.user_id = n.user_id),
               false) as passed
      from notifications n where hand_off_at <= now()
      order by hand_off_at, user_id, position limit :limit for update skip locked
      """;

  private static final String DONE =
      "update notifications set hand_off_at = null where id = any (:due)";

  /**
   * A notification that no device has acknowledged in time.
   *
   * @param passed whether there is nothing to report: it has expired, the user has read all
   *     notifications at once, or it has been due for so long that the platform had switched the
   *     webhook off meanwhile
   */
  private record Due(UUID id, UndeliveredNotification undelivered, boolean passed) {}

  private final Database database;
  private final WebhookOutbox outbox;
  private final Duration giveUp;
  private final Sweeper sweeper =
      new Sweeper("undelivered notifications", PERIOD, Mono.defer(this::handOff));

  NotificationHandOff(Database database, WebhookOutbox outbox, GatewayProperties properties) {
    this.database = database;
    this.outbox = outbox;
    this.giveUp = properties.webhook().giveUpAfter();
  }

  /** Hands a group off; true if there may be more. */
  private Mono<Boolean> handOff() {
    return database
        .sql(ALONE)
        .map(row -> row.flag("alone"))
        .one()
        .filter(alone -> alone)
        .flatMap(_ -> due().collectList())
        .filter(due -> !due.isEmpty())
        .flatMap(due -> handOff(due).thenReturn(due.size() == GROUP))
        .as(database::inTransaction);
  }

  private Flux<Due> due() {
    return database
        .sql(DUE)
        .bind("limit", GROUP)
        .bind("giveUpMillis", giveUp.toMillis())
        .map(this::due)
        .all();
  }

  private Due due(Row row) {
    UUID id = row.id("id");
    UndeliveredNotification undelivered =
        new UndeliveredNotification(
            row.text("user_id"),
            id.toString(),
            row.text("type"),
            row.text("title"),
            row.text("message"),
            row.optionalTree("data"),
            row.instant("created_at"));
    return new Due(id, undelivered, row.flag("passed"));
  }

  private Mono<Void> handOff(List<Due> due) {
    List<Entry> entries =
        due.stream()
            .filter(one -> !one.passed())
            .map(Due::undelivered)
            .map(undelivered -> new Entry(undelivered.userId(), undelivered))
            .toList();
    return outbox.addAll(WebhookType.NOTIFICATION_UNDELIVERED, entries).then(done(due));
  }

  private Mono<Void> done(List<Due> due) {
    return database.sql(DONE).bindColumn("due", due, UUID.class, Due::id).then();
  }

  /**
   * Starts polling only if the platform subscribed to the webhook; otherwise no row is ever due.
   */
  @Override
  public void start() {
    if (outbox.wants(WebhookType.NOTIFICATION_UNDELIVERED)) {
      Sweeping.super.start();
    }
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
