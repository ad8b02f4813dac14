package dev.realtime.gateway.session;

import dev.realtime.gateway.store.Database.Purpose;
import dev.realtime.gateway.store.Page;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads the entries that a client missed page by page, no faster than the socket takes them, so
 * that they never overflow the connection's queue.
 *
 * @param after reads the page of entries after a number, ascending
 * @param number returns the number of an entry
 */
public record PagedReplay<T>(LongFunction<Mono<Page<T>>> after, ToLongFunction<T> number) {

  /**
   * Sends all entries after a number, one after the other.
   *
   * @param wanted called before each entry and page; once it returns false, the rest is not sent
   * @param send completes when an entry is on its way
   */
  public Mono<Void> send(long start, BooleanSupplier wanted, Function<T, Mono<Void>> send) {
    AtomicLong position = new AtomicLong(start);
    AtomicBoolean more = new AtomicBoolean(true);
    return Purpose.REPLAYS
        .of(Mono.defer(() -> after.apply(position.get())))
        .flatMap(page -> {
          more.set(page.hasMore());
          if (!page.items().isEmpty()) {
            position.set(number.applyAsLong(page.items().getLast()));
          }
          return Flux.fromIterable(page.items())
              .takeWhile(_ -> wanted.getAsBoolean())
              .concatMap(send, 1)
              .then();
        })
        .repeat(() -> more.get() && wanted.getAsBoolean())
        .then();
  }
}
