package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;

/**
 * Deletes recorded changes after a day. Instances read them only to fill gaps in what the bus
 * delivered, which they notice within seconds; a client that was disconnected longer gets the
 * current state of changed messages instead.
 */
@Component
final class ChangeRetention implements Sweeping {

  private static final Duration PERIOD = Duration.ofHours(1);

  private static final String OLD = "changed_at < now() - interval '1 day'";

  private final Sweeper sweeper;

  ChangeRetention(Database database) {
    this.sweeper =
        Sweeper.forgetting("old changes", PERIOD, () -> database.deleteSome("chat_changes", OLD));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
