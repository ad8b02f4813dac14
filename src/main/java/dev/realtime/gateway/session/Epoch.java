package dev.realtime.gateway.session;

import dev.realtime.gateway.store.Database;
import java.time.Duration;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The incarnation of the stored data, created with the database, so that positions from before a
 * restore or a wipe are recognised as void.
 *
 * <p>It is read when the gateway starts, which needs PostgreSQL anyway: so every welcome can name
 * it, also while PostgreSQL is down.
 */
@Component
@DependsOnDatabaseInitialization
final class Epoch implements InitializingBean {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Mono<String> current;

  @Autowired
  Epoch(Database database) {
    this(database.sql("select id::text from epoch").map(row -> row.text("id")).one());
  }

  Epoch(Mono<String> stored) {
    current = stored.cacheInvalidateIf(_ -> false);
  }

  /** Reads the epoch; the gateway does not start without it. */
  @Override
  public void afterPropertiesSet() {
    // The thread that starts the application may block.
    current.block(PATIENCE);
  }

  /** Returns the epoch, which is read once; a failed read is not cached. */
  Mono<String> current() {
    return current;
  }
}
