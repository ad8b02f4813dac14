package dev.realtime.gateway.load;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens the connections: as many under way at once as permitted, and none before it is due. All
 * state is confined to the control thread.
 */
final class Connector {

  /** Opens one. */
  interface Opening {
    void open(int connection, long due);
  }

  /**
   * What is to be opened.
   *
   * @param limit how many may be under way
   * @param times when each is due; null for as soon as there is room
   * @param end after which none is opened
   */
  record Plan(int total, int limit, @Nullable DueTimes times, long end) {}

  private final ScheduledExecutorService control;
  private final RunClock clock;
  private final Plan plan;
  private final Opening opening;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private int next;
  private int underWay;
  private boolean waiting;

  Connector(ScheduledExecutorService control, RunClock clock, Plan plan, Opening opening) {
    this.control = control;
    this.clock = clock;
    this.plan = plan;
    this.opening = opening;
  }

  /**
   * Begins.
   *
   * @return completes when all are settled
   */
  CompletableFuture<Void> begin() {
    control.execute(this::fill);
    return done;
  }

  /** One is ready or has failed; from any thread. */
  void settled() {
    control.execute(() -> {
      underWay--;
      fill();
    });
  }

  private void fill() {
    while (isOpen() && underWay < plan.limit) {
      DueTimes times = plan.times;
      long due = times == null ? clock.now() : times.due(0, next);
      if (due > clock.now()) {
        waitUntil(Math.min(due, plan.end));
        return;
      }
      underWay++;
      opening.open(next++, due);
    }
    if (!isOpen() && underWay == 0) {
      done.complete(null);
    }
  }

  private boolean isOpen() {
    return next < plan.total && clock.now() < plan.end;
  }

  private void waitUntil(long time) {
    if (!waiting) {
      waiting = true;
      var _ = control.schedule(this::wake, time - clock.now(), TimeUnit.NANOSECONDS);
    }
  }

  private void wake() {
    waiting = false;
    fill();
  }
}
