package dev.realtime.gateway.session;

import dev.realtime.gateway.store.Database;
import java.time.Duration;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The incarnation of the stored data: made with the database, so that positions from before a
 * restore or a wipe are recognised as void.
 */
@Component
final class Epoch {

  private final Mono<String> current;

  Epoch(Database database) {
    current =
        database
            .sql("select id::text from epoch")
            .map(row -> row.text("id"))
            .one()
            .cache(_ -> Duration.ofDays(36_500), _ -> Duration.ZERO, () -> Duration.ZERO);
  }

  /** Read once; a failure is not remembered. */
  Mono<String> current() {
    return current;
  }
}
