package dev.realtime.gateway.webhook;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Deletes dead letters that nobody has replayed within 30 days. */
@Component
final class DeadLetterRetention implements Sweeping {

  private static final Duration PERIOD = Duration.ofHours(1);

  private static final String OLD = "died_at < now() - interval '30 days'";

  private final Sweeper sweeper;

  DeadLetterRetention(Database database) {
    this.sweeper =
        Sweeper.forgetting(
            "old dead letters", PERIOD, () -> database.deleteSome("webhook_dead_letters", OLD));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
