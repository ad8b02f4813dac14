package dev.realtime.gateway.chat;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Forgets recorded changes after a day. They only fill what an instance has missed on the bus,
 * which it notices within seconds; a client that was away longer is given present states instead.
 */
@Component
final class ChangeRetention implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(ChangeRetention.class);
  private static final Duration PERIOD = Duration.ofHours(1);
  private static final String FORGET =
      "delete from chat_changes where changed_at < now() - interval '1 day'";

  private final DatabaseClient database;
  private volatile @Nullable Disposable running;

  ChangeRetention(DatabaseClient database) {
    this.database = database;
  }

  @Override
  public void start() {
    // Instances that were started together should not all come at the same moment.
    Duration first = Duration.ofSeconds(ThreadLocalRandom.current().nextLong(PERIOD.toSeconds()));
    running =
        Flux.interval(first, PERIOD).onBackpressureDrop().concatMap(_ -> forget()).subscribe();
  }

  /** Completes when what is old enough is gone; a failure is left to the next time. */
  Mono<Long> forget() {
    return database
        .sql(FORGET)
        .fetch()
        .rowsUpdated()
        .doOnError(failure -> log.warn("Could not forget old changes: {}", failure.toString()))
        .onErrorComplete();
  }

  @Override
  public void stop() {
    Disposable current = running;
    if (current != null) {
      current.dispose();
      running = null;
    }
  }

  @Override
  public boolean isRunning() {
    return running != null;
  }
}
