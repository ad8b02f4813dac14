package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.GatewayException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Lets through one at a time for each key, before a connection to the database is taken: what waits
 * for one row waits here, and not with a connection in hand that others need. Thread-safe.
 *
 * <p>Work that has begun runs to its end. What has waited 5 seconds for its turn is refused.
 */
public final class Turns {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private record Turn<T>(Mono<T> work, Sinks.One<T> result, long since) {

    boolean isTooLate() {
      return System.nanoTime() - since > PATIENCE.toNanos();
    }

    void refuse() {
      result.tryEmitError(GatewayException.unavailable(RETRY_AFTER));
    }

    Mono<Void> run() {
      return work.doOnSuccess(this::succeeded)
          .doOnError(result::tryEmitError)
          .onErrorComplete()
          .then();
    }

    @SuppressWarnings("NullAway") // null is what a Mono that completes empty tells
    private void succeeded(T value) {
      if (value == null) {
        result.tryEmitEmpty();
      } else {
        result.tryEmitValue(value);
      }
    }
  }

  private final Lanes lanes;
  private final int waiting;
  // Guarded by this. The head of a queue is under way.
  private final Map<String, Queue<Turn<?>>> queues = new HashMap<>();

  /**
   * @param most at a time, of all keys together
   * @param waiting for one key; one more is refused
   */
  public Turns(int most, int waiting) {
    this.lanes = new Lanes(most, waiting);
    this.waiting = waiting;
  }

  /**
   * Runs work in its turn. What is part of a transaction already has its connection, and does not
   * wait.
   *
   * @return what the work gives; fails with {@code unavailable} where its turn does not come
   */
  public <T> Mono<T> take(String key, Mono<T> work) {
    return Mono.deferContextual(context -> {
      if (context.hasKey(Transaction.KEY)) {
        return work;
      }
      Mono<T> inContext = work.contextWrite(inner -> inner.putAll(context));
      Turn<T> turn = new Turn<>(inContext, Sinks.one(), System.nanoTime());
      enqueue(key, turn);
      return turn.result().asMono();
    });
  }

  private void enqueue(String key, Turn<?> turn) {
    boolean first;
    boolean full;
    synchronized (this) {
      Queue<Turn<?>> queue = queues.computeIfAbsent(key, _ -> new ArrayDeque<>(2));
      first = queue.isEmpty();
      full = queue.size() >= waiting;
      if (!full) {
        queue.add(turn);
      }
    }
    if (full) {
      turn.refuse();
    } else if (first) {
      begin(key, turn);
    }
  }

  private void begin(String key, Turn<?> turn) {
    // Owned by the queue: one at a time, and it ends with the work.
    lanes
        .run(turn.run())
        .onErrorResume(_ -> Mono.fromRunnable(turn::refuse))
        .doOnTerminate(() -> next(key))
        .subscribe();
  }

  private void next(String key) {
    Turn<?> next = afterHead(key);
    while (next != null && next.isTooLate()) {
      next.refuse();
      next = afterHead(key);
    }
    if (next != null) {
      begin(key, next);
    }
  }

  private synchronized @Nullable Turn<?> afterHead(String key) {
    Queue<Turn<?>> queue = queues.getOrDefault(key, new ArrayDeque<>());
    queue.poll();
    Turn<?> next = queue.peek();
    if (next == null) {
      queues.remove(key);
    }
    return next;
  }
}
