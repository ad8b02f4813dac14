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
 * A series of calls, one at a time: requests made during a call, or in the pause after it, share
 * the next call, so that many requests need few calls. A lone request does not wait. Thread-safe.
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
   * Creates an object without a pause between calls.
   *
   * @param next supplies the next call, or null if there is nothing to do. Each call must end by
   *     itself and handle its own errors; a failure is only logged here
   */
  public OneUnderWay(Supplier<? extends @Nullable Mono<?>> next) {
    this(next, Duration.ZERO, Schedulers.parallel());
  }

  /**
   * Creates an object with a pause after each call.
   *
   * @param scheduler measures the pause
   */
  public OneUnderWay(
      Supplier<? extends @Nullable Mono<?>> next, Duration rest, Scheduler scheduler) {
    this.next = next;
    this.rest = rest;
    this.scheduler = scheduler;
  }

  /** Requests a call; it starts at once, on this thread, if none is under way. */
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

  /** Makes calls until one does not end at once; its completion then continues. */
  private void run() {
    Mono<?> call = take();
    while (call != null && endsAtOnce(call)) {
      call = take();
    }
  }

  /** Returns the next call; null if there is nothing to do and no request arrived meanwhile. */
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

  /** Makes a call; returns false if the call, or the pause after it, has not ended yet. */
  private boolean endsAtOnce(Mono<?> call) {
    // Both this thread and the completion of the call set this flag; whichever is second continues.
    // A call that completes synchronously thus does not recurse.
    AtomicBoolean passed = new AtomicBoolean();
    Runnable end =
        () -> {
          if (!rest.isZero()) {
            scheduler.schedule(this::run, rest.toNanos(), TimeUnit.NANOSECONDS);
          } else if (!passed.compareAndSet(false, true)) {
            run();
          }
        };
    // No field owns this subscription: there is one at a time, and each call ends by itself.
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
