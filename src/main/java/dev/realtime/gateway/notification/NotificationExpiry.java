package dev.realtime.gateway.notification;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Withdraws notifications that have expired. Nobody gets them from the moment they expire; this
 * keeps lists and counts from passing them again and again.
 */
@Component
final class NotificationExpiry implements Sweeping {

  private static final Duration PERIOD = Duration.ofSeconds(5);

  /** The rows of a step, during which other changes of their users' notifications wait. */
  private static final int ROWS = 300;

  private final Database database;
  private final Sweeper sweeper =
      new Sweeper("expired notifications", PERIOD, Mono.defer(this::withdraw));

  NotificationExpiry(Database database) {
    this.database = database;
  }

  private Mono<Boolean> withdraw() {
    return database
        .sql("select withdraw_expired_notifications(:rows) as withdrawn")
        .bind("rows", ROWS)
        .map(row -> row.number("withdrawn") == ROWS)
        .one();
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
