package dev.realtime.gateway.store;

import java.util.concurrent.ArrayBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Lets through so many at a time, so that heavy work leaves connections to the database for all
 * else. The others wait their turn, a bounded number of them. Thread-safe.
 */
public final class Bulkhead {

  private static final Logger log = LoggerFactory.getLogger(Bulkhead.class);

  private final String name;
  private final Sinks.Many<Mono<Void>> tasks;

  /**
   * @param name of what goes through it
   * @param most at a time
   * @param waiting for their turn; one more is refused
   */
  public Bulkhead(String name, int most, int waiting) {
    this.name = name;
    tasks = Sinks.many().unicast().onBackpressureBuffer(new ArrayBlockingQueue<>(waiting));
    // Lives as long as the process; no task fails in it.
    tasks.asFlux().flatMap(task -> task, most, 1).subscribe();
  }

  /**
   * Runs a task in its turn, also when nobody waits for it any more.
   *
   * @return what it gives; fails with {@code unavailable} where too many wait
   */
  public <T> Mono<T> run(Mono<T> task) {
    return Mono.defer(() -> {
      // Nobody may wait for it any more: a result that comes then is let go.
      Sinks.One<T> result = Sinks.one();
      enqueue(task, result);
      return result.asMono();
    });
  }

  private <T> void enqueue(Mono<T> task, Sinks.One<T> result) {
    Mono<Void> told =
        task.doOnNext(result::tryEmitValue)
            .doOnSuccess(_ -> result.tryEmitEmpty())
            .doOnError(result::tryEmitError)
            .onErrorComplete()
            .then();
    Sinks.EmitResult taken;
    synchronized (tasks) {
      taken = tasks.tryEmitNext(told);
    }
    if (taken.isFailure()) {
      log.debug("The bulkhead of {} is full", name);
      result.tryEmitError(Failures.unavailable());
    }
  }
}
