package dev.realtime.gateway.store;

import dev.realtime.gateway.store.Database.Purpose;
import dev.realtime.gateway.work.OneUnderWay;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/**
 * Calls the database with groups of items: what arrives while a call is in progress goes into the
 * next one. A lone item goes at once; nothing waits for company, save for a rest after a call.
 *
 * <pre>{@code
 * Batcher<Mark, Row> writer = Batcher.named("marks").calling(Marks::marker, this::write);
 * }</pre>
 *
 * <p>A bad item never fails its neighbours: a group that fails is tried again item by item, once,
 * until one of them finds the store down.
 *
 * @param <T> the items
 * @param <R> the result of an item
 */
public final class Batcher<T, R> {

  private static final Logger log = LoggerFactory.getLogger(Batcher.class);

  /**
   * How a batcher groups.
   *
   * @param group items of one call at most
   * @param waiting items that may wait; more are refused with {@code unavailable}
   * @param rest after a call, before the next one: more of what comes in a storm shares a call
   */
  public record Settings(String name, int group, int waiting, Duration rest) {

    public Settings groupsOf(int most) {
      return new Settings(name, most, waiting, rest);
    }

    public Settings waiting(int most) {
      return new Settings(name, group, most, rest);
    }

    public Settings resting(Duration time) {
      return new Settings(name, group, waiting, time);
    }

    /**
     * A batcher whose groups may hold any items.
     *
     * @param call does all or nothing, and ends; the results are in the order of the items
     */
    public <T, R> Batcher<T, R> calling(Function<List<T>, Mono<List<R>>> call) {
      return new Batcher<>(this, _ -> new Object(), call);
    }

    /**
     * A batcher that keeps items apart.
     *
     * @param key items with equal keys do not go in the same group
     * @param call does all or nothing, and ends; the results are in the order of the items
     */
    public <T, R> Batcher<T, R> calling(
        Function<T, Object> key, Function<List<T>, Mono<List<R>>> call) {
      return new Batcher<>(this, key, call);
    }
  }

  private record Item<T, R>(T value, MonoSink<R> sink) {}

  private final Settings settings;
  private final Function<T, Object> key;
  private final Function<List<T>, Mono<List<R>>> call;
  private final OneUnderWay calls;
  private final Deque<Item<T, R>> waiting = new ArrayDeque<>(); // guarded by this

  private Batcher(
      Settings settings, Function<T, Object> key, Function<List<T>, Mono<List<R>>> call) {
    this.settings = settings;
    this.key = key;
    this.call = call;
    this.calls = new OneUnderWay(this::next, settings.rest(), Schedulers.parallel());
  }

  /** A batcher of groups of 256, for which 20,000 items may wait. */
  public static Settings named(String name) {
    return new Settings(name, 256, 20_000, Duration.ZERO);
  }

  /** Puts an item into the next group; completes with its result, after the commit. */
  public Mono<R> submit(T value) {
    return Mono.create(sink -> {
      if (enqueue(new Item<>(value, sink))) {
        calls.request();
      } else {
        sink.error(Failures.unavailable());
      }
    });
  }

  private synchronized boolean enqueue(Item<T, R> item) {
    return waiting.size() < settings.waiting() && waiting.add(item);
  }

  private @Nullable Mono<Void> next() {
    List<Item<T, R>> group = nextGroup();
    return group.isEmpty() ? null : write(group);
  }

  /** Takes the next group. Of items with equal keys the later ones wait in front, in order. */
  private synchronized List<Item<T, R>> nextGroup() {
    List<Item<T, R>> group = new ArrayList<>();
    Deque<Item<T, R>> aside = new ArrayDeque<>();
    Set<Object> keys = new HashSet<>();
    // Bounds the search as well: behind a group's worth of equal keys nobody looks further.
    while (group.size() < settings.group()
        && aside.size() < settings.group()
        && !waiting.isEmpty()) {
      Item<T, R> next = waiting.remove();
      (keys.add(key.apply(next.value())) ? group : aside).add(next);
    }
    while (!aside.isEmpty()) {
      waiting.addFirst(aside.removeLast());
    }
    return group;
  }

  private Mono<Void> write(List<Item<T, R>> group) {
    return attempt(group).onErrorResume(failure -> recover(group, failure));
  }

  private Mono<Void> attempt(List<Item<T, R>> group) {
    return Purpose.GROUPS
        .of(Mono.defer(() -> call.apply(group.stream().map(Item::value).toList())))
        .doOnNext(results -> succeed(group, results))
        .then();
  }

  private void succeed(List<Item<T, R>> group, List<R> results) {
    for (int i = 0; i < group.size(); i++) {
      group.get(i).sink().success(results.get(i));
    }
  }

  private Mono<Void> recover(List<Item<T, R>> group, Throwable failure) {
    if (group.size() == 1 || Failures.isTransient(failure)) {
      group.forEach(item -> item.sink().error(failure));
      return Mono.empty();
    }
    log.warn(
        "A group of {} {} failed, trying one by one: {}",
        group.size(),
        settings.name(),
        failure.toString());
    return oneByOne(new ArrayDeque<>(group));
  }

  /** Calls for each item. Once the store is down all that are left fail, without a wait each. */
  private Mono<Void> oneByOne(Queue<Item<T, R>> left) {
    return Mono.defer(() -> alone(left.remove(), left)).repeat(() -> !left.isEmpty()).then();
  }

  private Mono<Void> alone(Item<T, R> item, Queue<Item<T, R>> left) {
    return attempt(List.of(item))
        .onErrorResume(failure -> {
          item.sink().error(failure);
          if (Failures.isTransient(failure)) {
            left.forEach(each -> each.sink().error(failure));
            left.clear();
          }
          return Mono.empty();
        });
  }
}
