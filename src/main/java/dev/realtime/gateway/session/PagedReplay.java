package dev.realtime.gateway.session;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads what a client missed page by page, no faster than the socket takes it, so that it never
 * overflows the connection's queue.
 *
 * @param page entries of a full page: the page after it may have some too
 * @param after reads the entries after a number, ascending, at most a page
 * @param number of an entry
 */
public record PagedReplay<T>(int page, LongFunction<Flux<T>> after, ToLongFunction<T> number) {

  /**
   * Sends all entries after a number, one after the other.
   *
   * @param wanted asked before each entry and page; what is left is not sent once it says no
   * @param send completes when an entry is on its way
   */
  public Mono<Void> send(long start, BooleanSupplier wanted, Function<T, Mono<Void>> send) {
    AtomicLong position = new AtomicLong(start);
    AtomicBoolean more = new AtomicBoolean(true);
    return Mono.defer(() -> after.apply(position.get()).collectList())
        .flatMap(entries -> {
          more.set(entries.size() == page);
          if (!entries.isEmpty()) {
            position.set(number.applyAsLong(entries.getLast()));
          }
          return Flux.fromIterable(entries)
              .takeWhile(_ -> wanted.getAsBoolean())
              .concatMap(send, 1)
              .then();
        })
        .repeat(() -> more.get() && wanted.getAsBoolean())
        .then();
  }
}
