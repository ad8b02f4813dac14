package dev.realtime.gateway.store;

import java.util.concurrent.ArrayBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Runs a limited number of tasks at a time, so that heavy work leaves connections to the database
 * for everything else. A bounded number of tasks wait for their turn. Thread-safe.
 */
public final class Bulkhead {

  private static final Logger log = LoggerFactory.getLogger(Bulkhead.class);

  private final String name;
  private final Sinks.Many<Mono<Void>> tasks;

  /**
   * @param name what the tasks are, for the log
   * @param most tasks at a time
   * @param waiting tasks that may wait; one more is refused
   */
  public Bulkhead(String name, int most, int waiting) {
    this.name = name;
    tasks = Sinks.many().unicast().onBackpressureBuffer(new ArrayBlockingQueue<>(waiting));
    // The subscription lives as long as the process; no task fails in it.
    tasks.asFlux().flatMap(task -> task, most, 1).subscribe();
  }

  /**
   * Runs a task in its turn, even if the caller cancels.
   *
   * @return the result of the task; fails with {@code unavailable} if too many tasks wait
   */
  public <T> Mono<T> run(Mono<T> task) {
    return Mono.defer(() -> {
      // A result that comes when the caller has cancelled is dropped.
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
