package dev.realtime.gateway.store;

import dev.realtime.gateway.work.OneUnderWay;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Runs work one at a time for each key, and only then takes a connection to the database: work that
 * waits for the same row waits here, and not with a connection that others need. Thread-safe.
 *
 * <p>Work that has begun runs to its end. Work that has waited 3 seconds for its turn is refused,
 * so that with the wait for the row a caller has an answer within 8 seconds.
 */
public final class Turns {

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private record Turn<T>(Mono<T> work, Sinks.One<T> result, long since) {

    boolean isTooLate() {
      return System.nanoTime() - since > PATIENCE.toNanos();
    }

    private Mono<T> tooLate() {
      return Mono.error(Failures.unavailable());
    }

    void refuse() {
      result.tryEmitError(Failures.unavailable());
    }

    /** Checks the time once more, since the bulkhead may have held the turn up. */
    Mono<Void> run() {
      return Mono.defer(() -> isTooLate() ? tooLate() : work)
          .doOnNext(result::tryEmitValue)
          .doOnSuccess(_ -> result.tryEmitEmpty())
          .doOnError(result::tryEmitError)
          .onErrorComplete()
          .then();
    }
  }

  /** The turns of one key. */
  private final class Line {

    private final String key;
    private final Queue<Turn<?>> waiting = new ArrayDeque<>(2);
    private final OneUnderWay turns = new OneUnderWay(this::next);
    private boolean underWay;

    Line(String key) {
      this.key = key;
    }

    private @Nullable Mono<?> next() {
      Turn<?> turn = poll();
      while (turn != null && turn.isTooLate()) {
        turn.refuse();
        turn = poll();
      }
      return turn == null ? null : admitted(turn);
    }

    private Mono<?> admitted(Turn<?> turn) {
      return bulkhead.run(turn.run()).onErrorResume(_ -> Mono.fromRunnable(turn::refuse));
    }

    /** Takes the next turn. A line without one ends; the next turn of its key begins another. */
    private @Nullable Turn<?> poll() {
      synchronized (lines) {
        Turn<?> turn = waiting.poll();
        underWay = turn != null;
        if (turn == null) {
          lines.remove(key, this);
        }
        return turn;
      }
    }

    private boolean add(Turn<?> turn) {
      return waiting.size() + (underWay ? 1 : 0) < most && waiting.add(turn);
    }
  }

  private final Bulkhead bulkhead;
  private final int most;
  private final Map<String, Line> lines = new HashMap<>(); // guards itself and its lines

  /**
   * @param bulkhead bounds how many run at a time, of all keys together
   * @param most turns of one key, waiting and under way; one more is refused
   */
  public Turns(Bulkhead bulkhead, int most) {
    this.bulkhead = bulkhead;
    this.most = most;
  }

  /**
   * Runs work in its turn, or at once in a transaction, which already has its connection.
   *
   * @return the result of the work; fails with {@code unavailable} if its turn does not come
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
    Line line;
    boolean added;
    synchronized (lines) {
      line = lines.computeIfAbsent(key, Line::new);
      added = line.add(turn);
    }
    if (added) {
      line.turns.request();
    } else {
      turn.refuse();
    }
  }
}
