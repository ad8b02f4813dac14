package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.GatewayException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Lets through one at a time for each key, before a connection to the database is taken: what waits
 * for one row waits here, and not with a connection in hand that others need. Thread-safe.
 *
 * <p>Work that has begun runs to its end. What has waited 3 seconds for its turn is refused: with
 * the wait for a row that follows, a caller is answered within 8.
 */
public final class Turns {

  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private record Turn<T>(Mono<T> work, Sinks.One<T> result, long since) {

    boolean isTooLate() {
      return System.nanoTime() - since > PATIENCE.toNanos();
    }

    private Mono<T> tooLate() {
      return Mono.error(GatewayException.unavailable(RETRY_AFTER));
    }

    void refuse() {
      result.tryEmitError(GatewayException.unavailable(RETRY_AFTER));
    }

    /** Looks at the time once more: other keys may have been in the way. */
    Mono<Void> run() {
      return Mono.defer(() -> isTooLate() ? tooLate() : work)
          .doOnNext(result::tryEmitValue)
          .doOnSuccess(_ -> result.tryEmitEmpty())
          .doOnError(result::tryEmitError)
          .onErrorComplete()
          .then();
    }
  }

  private final Lanes lanes;
  private final int waiting;
  // Guarded by this. The head of a queue is under way.
  private final Map<String, Queue<Turn<?>>> queues = new HashMap<>();

  /**
   * @param lanes bound how many run at a time, of all keys together
   * @param waiting for one key; one more is refused
   */
  public Turns(Lanes lanes, int waiting) {
    this.lanes = lanes;
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

  /** Runs until a turn does not end at once; its end then goes on. */
  private void begin(String key, Turn<?> first) {
    Turn<?> turn = first;
    while (turn != null) {
      // Two come by, the end of the turn and this thread: the later one goes on.
      AtomicBoolean passed = new AtomicBoolean();
      run(
          turn,
          () -> {
            if (!passed.compareAndSet(false, true)) {
              goOn(key);
            }
          });
      turn = passed.compareAndSet(false, true) ? null : next(key);
    }
  }

  private void run(Turn<?> turn, Runnable onEnd) {
    // Owned by the queue: one at a time, and it ends with the work.
    lanes
        .run(turn.run())
        .onErrorResume(_ -> Mono.fromRunnable(turn::refuse))
        .subscribe(null, _ -> onEnd.run(), onEnd);
  }

  private void goOn(String key) {
    Turn<?> next = next(key);
    if (next != null) {
      begin(key, next);
    }
  }

  private @Nullable Turn<?> next(String key) {
    Turn<?> next = afterHead(key);
    while (next != null && next.isTooLate()) {
      next.refuse();
      next = afterHead(key);
    }
    return next;
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
