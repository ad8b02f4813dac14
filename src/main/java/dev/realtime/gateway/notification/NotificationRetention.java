package dev.realtime.gateway.notification;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Query;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Clock;
import java.time.Duration;
import org.springframework.stereotype.Component;

/**
 * Deletes notifications after the retention time, read or not. Their positions are not reused: a
 * client that resumes from one of them gets {@code snapshot}.
 */
@Component
final class NotificationRetention implements Sweeping {

  private static final Duration PERIOD = Duration.ofHours(1);

  // Ids are ordered by time, so the oldest are at the beginning of their index.
  private static final String OLD = "id < :before order by id";

  private final Database database;
  private final Clock clock;
  private final Duration retention;
  private final Sweeper sweeper = Sweeper.forgetting("old notifications", PERIOD, this::forget);

  NotificationRetention(Database database, Clock clock, GatewayProperties properties) {
    this.database = database;
    this.clock = clock;
    this.retention = properties.notification().retention();
  }

  private Query forget() {
    return database
        .deleteSome("notifications", OLD)
        .bind("before", Identifiers.firstOf(clock.instant().minus(retention)));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
