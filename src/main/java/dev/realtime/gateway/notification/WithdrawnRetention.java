package dev.realtime.gateway.notification;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;

/**
 * Deletes notifications a week after they were replaced or had expired. Until then a client may
 * resume from their ids; afterwards it gets {@code snapshot}.
 */
@Component
final class WithdrawnRetention implements Sweeping {

  private static final Duration PERIOD = Duration.ofHours(1);

  private static final String OLD =
      "withdrawn_at < now() - interval '7 days' order by withdrawn_at";

  private final Sweeper sweeper;

  WithdrawnRetention(Database database) {
    this.sweeper =
        Sweeper.forgetting(
            "withdrawn notifications", PERIOD, () -> database.deleteSome("notifications", OLD));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
