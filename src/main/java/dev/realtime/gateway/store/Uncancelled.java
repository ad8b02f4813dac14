package dev.realtime.gateway.store;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Work that runs to its end once it has begun, whoever stops listening: a caller of the server API
 * who gives up, a time limit, a sibling that failed. Cancelling a statement under way leaves its
 * connection in a state that nobody knows.
 */
public final class Uncancelled {

  private Uncancelled() {}

  /** The same work; cancelling the result only means that nobody waits for it any more. */
  public static <T> Mono<T> of(Mono<T> work) {
    return Mono.deferContextual(context -> {
      Sinks.One<T> result = Sinks.one();
      // Owned by the work itself, which ends; a result that nobody awaits is let go.
      work.contextWrite(inner -> inner.putAll(context))
          .subscribe(result::tryEmitValue, result::tryEmitError, result::tryEmitEmpty);
      return result.asMono();
    });
  }

  /**
   * The same with a limit: who waits is told when it has passed, and the work goes on.
   *
   * @param late runs when the limit has passed, before the result fails with a {@link
   *     TimeoutException}; ends the work where that is possible
   */
  static <T> Mono<T> within(Duration limit, Mono<T> work, Runnable late) {
    return within(limit, work, late, _ -> {});
  }

  /**
   * The same for what has to be given back.
   *
   * @param unwanted takes what the work gives after the limit
   */
  static <T> Mono<T> within(Duration limit, Mono<T> work, Runnable late, Consumer<T> unwanted) {
    return Mono.deferContextual(context -> {
      Sinks.One<T> result = Sinks.one();
      // What the end of the work brings about, such as a closed connection, is no result.
      AtomicBoolean decided = new AtomicBoolean();
      Runnable end =
          () -> {
            if (decided.compareAndSet(false, true)) {
              late.run();
              result.tryEmitError(new TimeoutException("No answer within " + limit));
            }
          };
      Disposable timer =
          Schedulers.parallel().schedule(end, limit.toMillis(), TimeUnit.MILLISECONDS);
      // Owned by the work itself: it ends, or the limit ends what it waits for.
      work.contextWrite(inner -> inner.putAll(context))
          .doOnTerminate(timer::dispose)
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
