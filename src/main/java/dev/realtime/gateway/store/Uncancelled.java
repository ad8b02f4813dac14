package dev.realtime.gateway.store;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Work that runs to its end once it has begun, whoever cancels it: a caller of the server API who
 * gives up, a timeout, a sibling that failed. Cancelling a statement in progress would leave its
 * connection in a state that nobody knows.
 */
public final class Uncancelled {

  private Uncancelled() {}

  /** Makes work run to its end; a caller who cancels the result only stops waiting. */
  public static <T> Mono<T> of(Mono<T> work) {
    return Mono.deferContextual(context -> {
      Sinks.One<T> result = Sinks.one();
      // The work owns the subscription and ends by itself; a result without a caller is dropped.
      work.contextWrite(inner -> inner.putAll(context))
          .subscribe(result::tryEmitValue, result::tryEmitError, result::tryEmitEmpty);
      return result.asMono();
    });
  }

  /**
   * Makes work run to its end, but tells the caller when a limit has passed.
   *
   * @param late runs when the limit has passed, before the result fails with a {@link
   *     TimeoutException}; ends the work where that is possible
   */
  static <T> Mono<T> within(Duration limit, Mono<T> work, Runnable late) {
    return within(limit, work, late, _ -> {});
  }

  /**
   * Makes work run to its end, tells the caller when a limit has passed, and gives back a result
   * that comes later.
   *
   * @param late runs when the limit has passed, before the result fails with a {@link
   *     TimeoutException}; ends the work where that is possible
   * @param unwanted takes what the work gives after the limit
   */
  static <T> Mono<T> within(Duration limit, Mono<T> work, Runnable late, Consumer<T> unwanted) {
    return within(limit, work, late, unwanted, ConcurrentHashMap.newKeySet(1));
  }

  /**
   * Makes work run to its end like {@link #within(Duration, Mono, Runnable, Consumer)}, with a
   * limit that can come early.
   *
   * @param limits has, while the work runs, the task that treats the limit as passed
   */
  static <T> Mono<T> within(
      Duration limit,
      Mono<T> work,
      Runnable late,
      Consumer<T> unwanted,
      Collection<Runnable> limits) {
    return Mono.deferContextual(context -> {
      Sinks.One<T> result = Sinks.one();
      // Ending the work may make it fail, by a closed connection for instance: that is no result.
      AtomicBoolean decided = new AtomicBoolean();
      Runnable end =
          () -> {
            if (decided.compareAndSet(false, true)) {
              late.run();
              result.tryEmitError(new TimeoutException("No answer within " + limit));
            }
          };
      limits.add(end);
      Disposable timer =
          Schedulers.parallel().schedule(end, limit.toMillis(), TimeUnit.MILLISECONDS);
      // The work owns the subscription: it ends, or the limit ends what it waits for.
      work.contextWrite(inner -> inner.putAll(context))
          .doOnTerminate(() -> {
            timer.dispose();
            limits.remove(end);
          })
          .subscribe(
              value -> {
                if (decided.compareAndSet(false, true)) {
                  result.tryEmitValue(value);
                } else {
                  unwanted.accept(value);
                }
              },
              failure -> {
                if (decided.compareAndSet(false, true)) {
                  result.tryEmitError(failure);
                }
              },
              () -> {
                if (decided.compareAndSet(false, true)) {
                  result.tryEmitEmpty();
                }
              });
      return result.asMono();
    });
  }
}
