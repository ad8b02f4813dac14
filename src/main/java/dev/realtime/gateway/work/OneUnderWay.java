package dev.realtime.gateway.work;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Makes calls one at a time: what is requested while a call is under way, or in the rest after it,
 * goes into the next one, so that many requests share few calls. A lone request waits for nothing.
 * Thread-safe.
 *
 * <pre>{@code
 * OneUnderWay calls = new OneUnderWay(() -> waiting.isEmpty() ? null : write(takeAll(waiting)));
 *
 * waiting.add(item);
 * calls.request();
 * }</pre>
 */
public final class OneUnderWay {

  private static final Logger log = LoggerFactory.getLogger(OneUnderWay.class);

  private final Supplier<? extends @Nullable Mono<?>> next;
  private final Duration rest;
  private final Scheduler scheduler;
  // Guarded by this.
  private boolean busy;
  private boolean requested;

  /**
   * Calls without a rest between them.
   *
   * @param next gives the next call, or null where there is nothing to do. Each call ends by
   *     itself; its own error handling comes first, for a failure is only logged here
   */
  public OneUnderWay(Supplier<? extends @Nullable Mono<?>> next) {
    this(next, Duration.ZERO, Schedulers.parallel());
  }

  /**
   * Calls with a rest after each.
   *
   * @param scheduler measures the rest
   */
  public OneUnderWay(
      Supplier<? extends @Nullable Mono<?>> next, Duration rest, Scheduler scheduler) {
    this.next = next;
    this.rest = rest;
    this.scheduler = scheduler;
  }

  /** Has the next call made as soon as may be: at once on this thread where none is under way. */
  public void request() {
    synchronized (this) {
      requested = true;
      if (busy) {
        return;
      }
      busy = true;
    }
    run();
  }

  /** Makes calls until one does not end at once, whose end then goes on. */
  private void run() {
    Mono<?> call = take();
    while (call != null && endsAtOnce(call)) {
      call = take();
    }
  }

  /** The next call; null where there is nothing to do, and nothing was requested meanwhile. */
  private @Nullable Mono<?> take() {
    while (true) {
      synchronized (this) {
        requested = false;
      }
      Mono<?> call = ask();
      if (call != null) {
        return call;
      }
      synchronized (this) {
        if (!requested) {
          busy = false;
          return null;
        }
      }
    }
  }

  private @Nullable Mono<?> ask() {
    try {
      return next.get();
    } catch (RuntimeException failure) {
      log.error("A call could not be made", failure);
      return null;
    }
  }

  /** Makes a call; false if its end, or that of the rest after it, is still to come. */
  private boolean endsAtOnce(Mono<?> call) {
    // The end of the call and this thread both come by: the later one goes on.
    AtomicBoolean passed = new AtomicBoolean();
    Runnable end =
        () -> {
          if (!rest.isZero()) {
            scheduler.schedule(this::run, rest.toNanos(), TimeUnit.NANOSECONDS);
          } else if (!passed.compareAndSet(false, true)) {
            run();
          }
        };
    // Owned here: one at a time, and it ends by itself.
    call.subscribe(
        null,
        failure -> {
          log.error("A call failed", failure);
          end.run();
        },
        end);
    return !passed.compareAndSet(false, true);
  }
}
