package dev.realtime.gateway.store;

import dev.realtime.gateway.store.Database.Purpose;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Holds back writes to rows that another transaction has locked, so that they delay no others: they
 * wait here, row by row, and are written together once their row is free. Thread-safe.
 *
 * @param <D> what is written
 * @param <R> what becomes of it
 */
public final class HeldRows<D, R> {

  private static final int WAITING = 5_000;

  /** How long a write waits; then it is refused, and has not been done. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private record Waiting<D, R>(D draft, Sinks.One<R> result, long since) {

    boolean isTooLate() {
      return System.nanoTime() - since > PATIENCE_NANOS;
    }

    void refuse(Throwable why) {
      result.tryEmitError(why);
    }
  }

  private final int maxGroup;
  private final Function<D, Object> key;
  private final Function<List<D>, Mono<List<R>>> write;
  private final Turns turns;
  // Guarded by this. A row has an entry while a turn for it waits or is in progress.
  private final Map<String, Queue<Waiting<D, R>>> rows = new HashMap<>();

  /**
   * @param bulkhead bounds how many writes wait for rows while they hold a connection
   * @param maxGroup the most drafts that are written at a time
   * @param key drafts with equal keys are not written at the same time
   * @param write waits for the row; gives the results in the order of the drafts
   */
  public HeldRows(
      Bulkhead bulkhead,
      int maxGroup,
      Function<D, Object> key,
      Function<List<D>, Mono<List<R>>> write) {
    this.turns = new Turns(bulkhead, 2);
    this.maxGroup = maxGroup;
    this.key = key;
    this.write = write;
  }

  /**
   * Writes a draft once its row is free. Fails with {@code unavailable} if the row is not free in
   * time; the draft has not been written then.
   */
  public Mono<R> submit(String rowId, D draft) {
    return Mono.defer(() -> {
      Waiting<D, R> own = new Waiting<>(draft, Sinks.one(), System.nanoTime());
      enqueue(rowId, own);
      return own.result().asMono();
    });
  }

  private void enqueue(String rowId, Waiting<D, R> own) {
    boolean first;
    boolean full;
    synchronized (this) {
      first = !rows.containsKey(rowId);
      Queue<Waiting<D, R>> row = rows.computeIfAbsent(rowId, _ -> new ArrayDeque<>());
      full = row.size() >= WAITING;
      if (!full) {
        row.add(own);
      }
    }
    if (full) {
      own.refuse(Failures.unavailable());
    } else if (first) {
      takeTurn(rowId);
    }
  }

  /** Takes one turn for all drafts that wait; those left after it take another. */
  private void takeTurn(String rowId) {
    // The turns own the subscription, and bound how long it waits.
    turns
        .take(rowId, Mono.defer(() -> writeSome(rowId)))
        .subscribe(null, why -> refuseAll(rowId, why), () -> goOn(rowId));
  }

  private void goOn(String rowId) {
    boolean more;
    synchronized (this) {
      more = !rows.getOrDefault(rowId, new ArrayDeque<>()).isEmpty();
      if (!more) {
        rows.remove(rowId);
      }
    }
    if (more) {
      takeTurn(rowId);
    }
  }

  private void refuseAll(String rowId, Throwable why) {
    Queue<Waiting<D, R>> left;
    synchronized (this) {
      left = rows.remove(rowId);
    }
    if (left != null) {
      left.forEach(each -> each.refuse(why));
    }
  }

  /** Writes a group and tells each caller the result; never fails itself. */
  private Mono<Void> writeSome(String rowId) {
    List<Waiting<D, R>> group = takeSome(rowId);
    if (group.isEmpty()) {
      return Mono.empty();
    }
    return Purpose.CHANGES
        .of(Mono.defer(() -> write.apply(group.stream().map(Waiting::draft).toList())))
        .doOnNext(results -> {
          for (int i = 0; i < group.size(); i++) {
            group.get(i).result().tryEmitValue(results.get(i));
          }
        })
        .doOnError(failure -> group.forEach(each -> each.refuse(failure)))
        .onErrorComplete()
        .then();
  }

  private synchronized List<Waiting<D, R>> takeSome(String rowId) {
    List<Waiting<D, R>> group = new ArrayList<>();
    Set<Object> keys = new HashSet<>();
    Iterator<Waiting<D, R>> each = rows.getOrDefault(rowId, new ArrayDeque<>()).iterator();
    while (each.hasNext() && group.size() < maxGroup) {
      Waiting<D, R> next = each.next();
      if (next.isTooLate()) {
        each.remove();
        next.refuse(Failures.unavailable());
      } else if (keys.add(key.apply(next.draft()))) {
        each.remove();
        group.add(next);
      }
    }
    return group;
  }
}
