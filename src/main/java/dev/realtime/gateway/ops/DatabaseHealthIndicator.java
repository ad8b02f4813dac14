package dev.realtime.gateway.ops;

import dev.realtime.gateway.store.Breaker;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Reports whether PostgreSQL answers, over a connection that carries nothing else. Until its first
 * answer the instance is not ready. Afterwards an outage only degrades it: all instances share the
 * database, so that clients would find no instance at all, and much needs no database.
 */
@Component
final class DatabaseHealthIndicator implements ReactiveHealthIndicator {

  /** Does not take the instance out of a load balancer: the answer is a 200. */
  private static final Status DEGRADED =
      new Status("DEGRADED", "PostgreSQL is down; what needs it is refused");

  private final Breaker breaker;

  DatabaseHealthIndicator(Breaker breaker) {
    this.breaker = breaker;
  }

  @Override
  public Mono<Health> health() {
    Mono<Void> known = breaker.hasAnswered() ? Mono.empty() : breaker.ask();
    return known.then(Mono.fromSupplier(this::now));
  }

  private Health now() {
    if (!breaker.hasAnswered()) {
      return Health.down().build();
    }
    return breaker.isOpen() ? Health.status(DEGRADED).build() : Health.up().build();
  }
}
