package dev.realtime.gateway.chat;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Sweeper;
import dev.realtime.gateway.store.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;

/**
 * Forgets recorded changes after a day. They only fill what an instance has missed on the bus,
 * which it notices within seconds; a client that was away longer is given present states instead.
 */
@Component
final class ChangeRetention implements Sweeping {

  private static final Duration PERIOD = Duration.ofHours(1);

  private static final String FORGET =
      """
      delete from chat_changes where ctid = any (array(
        select ctid from chat_changes where changed_at < now() - interval '1 day'
        limit $1 for update skip locked))
      """;

  private final Sweeper sweeper;

  ChangeRetention(Database database) {
    this.sweeper =
        Sweeper.forgetting("old changes", PERIOD, most -> database.sql(FORGET).bind("$1", most));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
