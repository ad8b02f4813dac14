package dev.realtime.gateway.store.sweeping;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Database.Purpose;
import dev.realtime.gateway.store.Query;
import dev.realtime.gateway.work.Running;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.retry.Retry;

/**
 * Works off the rows of a table: at once after {@link #wake}, and every period as the fallback for
 * lost signals. It runs one step at a time on this instance; instances keep out of each other's way
 * by {@code FOR UPDATE SKIP LOCKED}.
 */
public final class Sweeper {

  private static final Logger log = LoggerFactory.getLogger(Sweeper.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** The most rows one transaction deletes, so that it blocks nobody for long. */
  private static final int FORGOTTEN_AT_ONCE = 5_000;

  private final String name;
  private final Duration period;
  private final Mono<Boolean> step;
  private final Sinks.Many<Long> calls = Sinks.many().multicast().directBestEffort();
  private final Running running = new Running(this::begin);

  /**
   * @param step works off some rows; true when there may be more, empty or false when not. A
   *     failure is logged, and the step runs again after the period
   */
  public Sweeper(String name, Duration period, Mono<Boolean> step) {
    this.name = name;
    this.period = period;
    this.step = step;
  }

  /**
   * A sweeper that deletes rows that have outlived their use, some at a time.
   *
   * @param delete made by {@link Database#deleteSome}
   */
  public static Sweeper forgetting(String name, Duration period, Supplier<Query> delete) {
    Mono<Boolean> step =
        Mono.defer(() ->
            delete
                .get()
                .bind("most", FORGOTTEN_AT_ONCE)
                .rowsUpdated()
                .map(rows -> rows >= FORGOTTEN_AT_ONCE));
    return new Sweeper(name, period, step);
  }

  /** Says that there are rows; a call during a sweep leads to one more. Returns at once. */
  public void wake() {
    synchronized (calls) {
      // The signal can only fail when nobody sweeps, before the start and after the stop.
      calls.tryEmitNext(0L);
    }
  }

  private Disposable begin() {
    // Instances that were started together should not all sweep at the same moment.
    Duration first = Duration.ofMillis(ThreadLocalRandom.current().nextLong(period.toMillis()) + 1);
    return Flux.merge(calls.asFlux(), Flux.interval(first, period).onBackpressureDrop())
        .onBackpressureLatest()
        .concatMap(_ -> sweep(), 1)
        // Nothing in it fails; were it to, the sweeping must not end for ever.
        .retryWhen(Retry.backoff(Long.MAX_VALUE, period).maxBackoff(Duration.ofMinutes(1)))
        .subscribe();
  }

  private Mono<Void> sweep() {
    return Purpose.BACKGROUND
        .of(Mono.defer(() -> step))
        .timeout(TIMEOUT)
        .defaultIfEmpty(false)
        .repeat()
        .takeUntil(more -> !more)
        .then()
        .onErrorResume(failure -> {
          log.warn("Could not sweep {}: {}", name, failure.toString());
          return Mono.empty();
        });
  }

  Running running() {
    return running;
  }
}
