package dev.realtime.gateway.ops;

import dev.realtime.gateway.store.Database;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Reports whether PostgreSQL answers a query through the store. */
@Component
final class DatabaseHealthIndicator implements ReactiveHealthIndicator {

  private final Database database;

  DatabaseHealthIndicator(Database database) {
    this.database = database;
  }

  @Override
  public Mono<Health> health() {
    return database
        .sql("select 1")
        .then()
        .thenReturn(Health.up().build())
        .onErrorResume(failure -> Mono.just(Health.down(failure).build()));
  }
}
