package dev.realtime.gateway.store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The second lane of what is written in groups: what belongs to a row that somebody else holds
 * waits for that row here, apart from all others, and is written together once it is free.
 *
 * @param <D> what is written
 * @param <R> what becomes of it
 */
public final class HeldRows<D, R> {

  /** Connections that wait for rows at most. */
  private static final int AT_ONCE = 2;

  private static final int WAITING = 5_000;

  private record Waiting<D, R>(D draft, Sinks.One<R> result) {}

  private final int maxGroup;
  private final Function<D, Object> key;
  private final Function<List<D>, Mono<List<R>>> write;
  private final Turns turns = new Turns(AT_ONCE, WAITING);
  private final Map<String, Set<Waiting<D, R>>> waiting = new ConcurrentHashMap<>();

  /**
   * @param maxGroup written at a time
   * @param key those with equal keys are not written at a time
   * @param write waits for the row; the results are in the same order
   */
  public HeldRows(int maxGroup, Function<D, Object> key, Function<List<D>, Mono<List<R>>> write) {
    this.maxGroup = maxGroup;
    this.key = key;
    this.write = write;
  }

  /** Fails with {@code unavailable} where the row is not free in time: it was not done then. */
  public Mono<R> submit(String rowId, D draft) {
    return Mono.defer(() -> {
      Waiting<D, R> own = new Waiting<>(draft, Sinks.one());
      waiting.compute(rowId, (_, present) -> with(own, present));
      // Owned by the turns, which bound how many wait and for how long.
      turns
          .take(rowId, Mono.defer(() -> writeSome(rowId)))
          .doFinally(_ -> forget(rowId, own))
          .subscribe(null, own.result()::tryEmitError);
      return own.result().asMono();
    });
  }

  private static <D, R> Set<Waiting<D, R>> with(
      Waiting<D, R> own, @Nullable Set<Waiting<D, R>> present) {
    Set<Waiting<D, R>> all = present == null ? new LinkedHashSet<>() : present;
    all.add(own);
    return all;
  }

  private void forget(String rowId, Waiting<D, R> own) {
    waiting.computeIfPresent(
        rowId,
        (_, present) -> {
          present.remove(own);
          return present.isEmpty() ? null : present;
        });
  }

  /** Whatever waits, in one write; nothing where an earlier turn has taken it along. */
  private Mono<Void> writeSome(String rowId) {
    List<Waiting<D, R>> group = takeSome(rowId);
    return group.isEmpty()
        ? Mono.empty()
        : write
            .apply(group.stream().map(Waiting::draft).toList())
            .doOnNext(results -> {
              for (int i = 0; i < group.size(); i++) {
                group.get(i).result().tryEmitValue(results.get(i));
              }
            })
            .doOnError(failure -> group.forEach(each -> each.result().tryEmitError(failure)))
            .onErrorComplete()
            .then();
  }

  private List<Waiting<D, R>> takeSome(String rowId) {
    List<Waiting<D, R>> group = new ArrayList<>();
    waiting.computeIfPresent(
        rowId,
        (_, present) -> {
          Set<Object> keys = new HashSet<>();
          Iterator<Waiting<D, R>> each = present.iterator();
          while (each.hasNext() && group.size() < maxGroup) {
            Waiting<D, R> next = each.next();
            if (keys.add(key.apply(next.draft()))) {
              group.add(next);
              each.remove();
            }
          }
          return present.isEmpty() ? null : present;
        });
    return group;
  }
}
