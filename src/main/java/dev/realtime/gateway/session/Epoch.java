package dev.realtime.gateway.session;

import dev.realtime.gateway.store.Database;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The incarnation of the stored data, created with the database, so that positions from before a
 * restore or a wipe are recognised as void.
 */
@Component
final class Epoch {

  private final Mono<String> current;

  @Autowired
  Epoch(Database database) {
    this(database.sql("select id::text from epoch").map(row -> row.text("id")).one());
  }

  Epoch(Mono<String> stored) {
    current = stored.cacheInvalidateIf(_ -> false);
  }

  /** Returns the epoch, which is read once; a failed read is not cached. */
  Mono<String> current() {
    return current;
  }
}
