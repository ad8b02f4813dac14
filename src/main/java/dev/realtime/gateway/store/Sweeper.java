package dev.realtime.gateway.store;

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
 * Works off what stands in a table: at once when told that there is something, and every period in
 * case the one who would have told is gone. One step at a time on this instance; steps of several
 * instances keep apart by {@code FOR UPDATE SKIP LOCKED}.
 */
public final class Sweeper {

  private static final Logger log = LoggerFactory.getLogger(Sweeper.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Rows that are forgotten in one transaction: it holds up nobody, and ends in time. */
  private static final int FORGOTTEN_AT_ONCE = 5_000;

  private final String name;
  private final Duration period;
  private final Mono<Boolean> step;
  private final Sinks.Many<Long> calls = Sinks.many().multicast().directBestEffort();
  private final Running running = new Running(this::begin);

  /**
   * @param step works off some; true when there may be more, empty or false when not. A failure is
   *     logged, and the step tried again after the period
   */
  public Sweeper(String name, Duration period, Mono<Boolean> step) {
    this.name = name;
    this.period = period;
    this.step = step;
  }

  /**
   * A sweeper that forgets rows that have outlived their use, some at a time.
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

  /** There is something; what is called during a sweep leads to one more. Returns at once. */
  public void wake() {
    synchronized (calls) {
      // Its only failure is that nobody sweeps, before the start and after the end.
      calls.tryEmitNext(0L);
    }
  }

  private Disposable begin() {
    // Instances that were started together should not all come at the same moment.
    Duration first = Duration.ofMillis(ThreadLocalRandom.current().nextLong(period.toMillis()) + 1);
    return Flux.merge(calls.asFlux(), Flux.interval(first, period).onBackpressureDrop())
        .onBackpressureLatest()
        .concatMap(_ -> sweep(), 1)
        // Nothing in it fails; were it to, the sweeping must not end for ever.
        .retryWhen(Retry.backoff(Long.MAX_VALUE, period).maxBackoff(Duration.ofMinutes(1)))
        .subscribe();
  }

  private Mono<Void> sweep() {
    return Mono.defer(() -> step)
        .timeout(TIMEOUT)
        .defaultIfEmpty(false)
        .repeat()
        .takeUntil(more -> !more)
        .then()
        .onErrorResume(failure -> {
          log.warn("Could not work off {}: {}", name, failure.toString());
          return Mono.empty();
        });
  }

  Running running() {
    return running;
  }
}
