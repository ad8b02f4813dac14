package dev.realtime.gateway.work;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * Items whose work failed because a server was unavailable. It is tried again for all of them
 * together, after pauses that are random and grow, until it succeeds. Thread-safe.
 *
 * @param <T> the items, which must be bounded by their owner
 */
public final class Backlog<T> {

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  private static final Logger log = LoggerFactory.getLogger(Backlog.class);

  private final Set<T> items = ConcurrentHashMap.newKeySet();
  private final OneUnderWay attempts = new OneUnderWay(this::next);
  private final Function<List<T>, Mono<? extends Collection<T>>> attempt;
  private final Scheduler scheduler;

  // Guarded by this.
  private Duration pause = FIRST_PAUSE;
  private boolean due;
  private Sinks.@Nullable Empty<Void> resting;

  /**
   * Creates an empty backlog.
   *
   * @param attempt does the work of items and returns those that still wait; must end by itself. If
   *     it fails, all of them still wait
   * @param scheduler measures the pauses
   */
  public Backlog(Function<List<T>, Mono<? extends Collection<T>>> attempt, Scheduler scheduler) {
    this.attempt = attempt;
    this.scheduler = scheduler;
  }

  /** Adds an item; the next attempt includes it. */
  public void add(T item) {
    items.add(item);
    attempts.request();
  }

  /** Ends the present pause, or skips the next one: the server may be available again. */
  public void tryNow() {
    Sinks.Empty<Void> present;
    synchronized (this) {
      due = true;
      pause = FIRST_PAUSE;
      present = resting;
    }
    if (present != null) {
      // A second call finds the pause ended, and changes nothing.
      present.tryEmitEmpty();
    }
  }

  private @Nullable Mono<Void> next() {
    return items.isEmpty() ? null : Mono.defer(this::rest).then(Mono.defer(this::tryAll));
  }

  /** Half of a pause is random, so that instances do not try together. */
  private synchronized Mono<Void> rest() {
    if (due) {
      return Mono.empty();
    }
    Sinks.Empty<Void> early = Sinks.empty();
    resting = early;
    long half = pause.toNanos() / 2;
    Duration whole = Duration.ofNanos(half + ThreadLocalRandom.current().nextLong(half + 1));
    return Mono.firstWithSignal(Mono.delay(whole, scheduler).then(), early.asMono());
  }

  private Mono<Void> tryAll() {
    List<T> all = List.copyOf(items);
    synchronized (this) {
      due = false;
      resting = null;
    }
    // An item that is added again during the attempt must not be lost with its older self.
    all.forEach(items::remove);
    return Mono.defer(() -> attempt.apply(all))
        .doOnNext(left -> succeeded(left))
        .onErrorResume(failure -> {
          failed(all, failure);
          return Mono.empty();
        })
        .then();
  }

  private synchronized void succeeded(Collection<T> left) {
    items.addAll(left);
    pause = FIRST_PAUSE;
  }

  private synchronized void failed(List<T> all, Throwable failure) {
    items.addAll(all);
    Duration twice = pause.multipliedBy(2);
    pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    log.debug("{} items still wait: {}", items.size(), failure.toString());
  }
}
