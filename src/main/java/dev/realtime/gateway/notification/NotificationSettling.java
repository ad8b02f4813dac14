package dev.realtime.gateway.notification;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Writes into the rows of notifications that their user has read all of them at once. That command
 * itself only moves the position up to which they are read.
 */
@Component
final class NotificationSettling implements Sweeping {

  private static final Duration PERIOD = Duration.ofSeconds(5);

  /** The rows of a step, during which other changes of the user's notifications wait. */
  private static final int ROWS = 300;

  private final Database database;
  private final Sweeper sweeper =
      new Sweeper("notifications that were read at once", PERIOD, Mono.defer(this::settle));

  NotificationSettling(Database database) {
    this.database = database;
  }

  private Mono<Boolean> settle() {
    return database
        .sql("select settle_notifications(:rows) as users")
        .bind("rows", ROWS)
        .map(row -> row.number("users") > 0)
        .one();
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
