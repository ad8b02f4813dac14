package dev.realtime.gateway.webhook;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Sweeper;
import dev.realtime.gateway.store.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Deletes dead letters that nobody has replayed within 30 days. */
@Component
final class DeadLetterRetention implements Sweeping {

  private static final Duration PERIOD = Duration.ofHours(1);

  private static final String FORGET =
      """
      delete from webhook_dead_letters where ctid = any (array(
        select ctid from webhook_dead_letters where died_at < now() - interval '30 days'
        limit $1 for update skip locked))
      """;

  private final Sweeper sweeper;

  DeadLetterRetention(Database database) {
    this.sweeper =
        Sweeper.forgetting(
            "old dead letters", PERIOD, most -> database.sql(FORGET).bind("$1", most));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
