package dev.realtime.gateway.notification;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Clock;
import java.time.Duration;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Deletes notifications after the retention time, read or not. Their positions are not reused: a
 * client that resumes from one of them gets {@code snapshot}.
 */
@Component
final class NotificationRetention implements Sweeping {

  private static final Duration PERIOD = Duration.ofHours(1);

  /** The rows of a step, during which other changes of their users' notifications wait. */
  private static final int ROWS = 300;

  private final Database database;
  private final Clock clock;
  private final Duration retention;
  private final Sweeper sweeper =
      new Sweeper("old notifications", PERIOD, Mono.defer(this::forget));

  NotificationRetention(Database database, Clock clock, GatewayProperties properties) {
    this.database = database;
    this.clock = clock;
    this.retention = properties.notification().retention();
  }

  /** Ids are ordered by time, so the oldest are those below the first id of a moment. */
  private Mono<Boolean> forget() {
    return database
        .sql("select forget_notifications(:before, :rows) as forgotten")
        .bind("before", Identifiers.firstOf(clock.instant().minus(retention)))
        .bind("rows", ROWS)
        .map(row -> row.number("forgotten") == ROWS)
        .one();
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
