package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.GatewayException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/**
 * Asks the database in groups: what arrives while a call is under way goes into the next one. A
 * lone item goes at once; nothing waits for company, save for a rest where there is one.
 *
 * <p>One bad item never fails its neighbours: a group that fails is tried again item by item, once.
 *
 * @param <T> what is asked or written
 * @param <R> what each item gets back
 */
public final class Batcher<T, R> {

  private static final Logger log = LoggerFactory.getLogger(Batcher.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private record Item<T, R>(T value, MonoSink<R> sink) {}

  private final String name;
  private final int maxGroup;
  private final int maxWaiting;
  private final Function<T, Object> key;
  private final Function<List<T>, Mono<List<R>>> call;
  private final Duration rest;
  // Guarded by this.
  private final Deque<Item<T, R>> waiting = new ArrayDeque<>();
  private boolean busy;

  /**
   * @param maxGroup items of one call
   * @param maxWaiting items that may wait; more are refused with {@code unavailable}
   * @param key items with equal keys do not go in the same group
   * @param rest after a call, before the next one: more of what comes in a storm shares a call
   * @param call does all or nothing, and ends; the results are in the order of the items
   */
  public Batcher(
      String name,
      int maxGroup,
      int maxWaiting,
      Function<T, Object> key,
      Duration rest,
      Function<List<T>, Mono<List<R>>> call) {
    this.name = name;
    this.maxGroup = maxGroup;
    this.maxWaiting = maxWaiting;
    this.key = key;
    this.rest = rest;
    this.call = call;
  }

  /** Without a rest. */
  public Batcher(
      String name,
      int maxGroup,
      int maxWaiting,
      Function<T, Object> key,
      Function<List<T>, Mono<List<R>>> call) {
    this(name, maxGroup, maxWaiting, key, Duration.ZERO, call);
  }

  /** Puts an item into the next group; completes with its result, after the commit. */
  public Mono<R> submit(T value) {
    return Mono.create(sink -> enqueue(new Item<>(value, sink)));
  }

  private void enqueue(Item<T, R> item) {
    boolean full;
    boolean start = false;
    synchronized (this) {
      full = waiting.size() >= maxWaiting;
      if (!full) {
        waiting.add(item);
        start = !busy;
        busy = true;
      }
    }
    if (full) {
      item.sink().error(GatewayException.unavailable(RETRY_AFTER));
    } else if (start) {
      callNext();
    }
  }

  private void callNext() {
    List<Item<T, R>> group = nextGroup();
    if (!group.isEmpty()) {
      // Owned by the batcher: one at a time, ended by the limits of the store at the latest.
      write(group).subscribe(null, this::failed, this::rest);
    }
  }

  private void failed(Throwable impossible) {
    log.error("The batch of {} stopped", name, impossible);
    rest();
  }

  private void rest() {
    if (rest.isZero()) {
      callNext();
    } else {
      Schedulers.parallel().schedule(this::callNext, rest.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private synchronized List<Item<T, R>> nextGroup() {
    List<Item<T, R>> group = new ArrayList<>();
    Set<Object> keys = new HashSet<>();
    while (group.size() < maxGroup
        && !waiting.isEmpty()
        && keys.add(key.apply(waiting.element().value()))) {
      group.add(waiting.remove());
    }
    busy = !group.isEmpty();
    return group;
  }

  private Mono<Void> write(List<Item<T, R>> group) {
    return attempt(group).onErrorResume(failure -> recover(group, failure));
  }

  private Mono<Void> attempt(List<Item<T, R>> group) {
    return Mono.defer(() -> call.apply(group.stream().map(Item::value).toList()))
        .doOnNext(results -> succeed(group, results))
        .then();
  }

  private void succeed(List<Item<T, R>> group, List<R> results) {
    for (int i = 0; i < group.size(); i++) {
      group.get(i).sink().success(results.get(i));
    }
  }

  private Mono<Void> recover(List<Item<T, R>> group, Throwable failure) {
    // One by one would be a limit to wait out for each: the store is down for all of them.
    if (group.size() == 1 || Failures.isTransient(failure)) {
      group.forEach(item -> item.sink().error(failure));
      return Mono.empty();
    }
    log.warn(
        "A group of {} {} failed, trying one by one: {}", group.size(), name, failure.toString());
    return Flux.fromIterable(group).concatMap(item -> write(List.of(item))).then();
  }
}
