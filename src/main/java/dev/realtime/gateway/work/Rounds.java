package dev.realtime.gateway.work;

import java.time.Duration;
import java.util.Collection;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/**
 * Visits every item of a changing collection once a period, spread evenly over the period. An item
 * whose visit fails stops neither the others nor the next round.
 */
public final class Rounds<T> {

  /** The number of steps of a round. */
  static final int STEPS = 30;

  private static final Logger log = LoggerFactory.getLogger(Rounds.class);

  private final Collection<T> items;
  private final Consumer<? super T> visit;

  /**
   * Creates rounds that have not begun.
   *
   * @param items a live view, which other threads may change
   * @param visit must not block
   */
  public Rounds(Collection<T> items, Consumer<? super T> visit) {
    this.items = items;
    this.visit = visit;
  }

  /** Begins the rounds; they go on until the result is disposed. */
  public Disposable begin(Duration period, Scheduler scheduler) {
    // The caller owns the subscription; no visit ends it.
    return Flux.interval(period.dividedBy(STEPS), scheduler)
        .onBackpressureDrop()
        .subscribe(number -> step(Math.toIntExact(number % STEPS)));
  }

  private void step(int step) {
    for (T item : items) {
      if (Math.floorMod(item.hashCode(), STEPS) == step) {
        visit(item);
      }
    }
  }

  private void visit(T item) {
    try {
      visit.accept(item);
    } catch (Throwable failure) {
      log.error("A visit failed", failure);
    }
  }
}
