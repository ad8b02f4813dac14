package dev.realtime.gateway.store;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * Knows whether PostgreSQL is down for this instance, so that what needs it can be refused at once.
 *
 * <p>The instance asks PostgreSQL a question of its own: every two seconds, at once when a
 * connection could not be opened, and after growing random pauses while it is down. Only the answer
 * to this question opens the breaker (PostgreSQL is down) and closes it (PostgreSQL is back): a
 * slow statement, a held lock or a full pool does not. Thread-safe.
 */
public final class Breaker implements AutoCloseable {

  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(4);

  private final Mono<Void> question;
  private final Scheduler scheduler;
  private final RetryPauses pauses;
  private final Outage outage;
  private final Sinks.Many<Boolean> states = Sinks.many().replay().latestOrDefault(false);
  private volatile boolean open;
  private volatile boolean answered;

  // Guarded by this.
  private boolean running = true;
  private Sinks.@Nullable Empty<Void> asking;
  private @Nullable Disposable next;
  private Duration pause = FIRST_PAUSE;

  /**
   * Creates a closed breaker, which asks once it is told to.
   *
   * @param question completes when PostgreSQL has answered, and fails when it is down; it must end
   */
  Breaker(Mono<Void> question, Scheduler scheduler) {
    this.question = question;
    this.scheduler = scheduler;
    this.outage = new Outage(scheduler);
    this.pauses = new RetryPauses(scheduler);
  }

  /** Returns whether PostgreSQL is down, as far as the instance knows. */
  public boolean isOpen() {
    return open;
  }

  /** Returns whether PostgreSQL has ever answered this instance. */
  public boolean hasAnswered() {
    return answered;
  }

  /**
   * Tells whether the breaker is open: its state at once, then every change. The signals come on a
   * thread that must not be blocked.
   */
  public Flux<Boolean> states() {
    return states.asFlux().distinctUntilChanged();
  }

  /**
   * Returns after how long a caller should try again, chosen anew for each: at random between 1 and
   * 2 seconds at first, and between 5 and 30 seconds in a long outage or where this instance
   * refuses many.
   */
  public Duration retryAfter() {
    return pauses.next(outage.length());
  }

  /**
   * Asks PostgreSQL now; while a question is under way its answer serves all. Completes with the
   * answer, whatever it is; never fails.
   */
  public Mono<Void> ask() {
    return Mono.defer(() -> {
      Sinks.Empty<Void> own = Sinks.empty();
      synchronized (this) {
        if (asking != null) {
          return asking.asMono();
        }
        if (!running) {
          return Mono.empty();
        }
        asking = own;
        if (next != null) {
          next.dispose();
        }
      }
      // The breaker owns the subscription: one at a time, and each question ends.
      question.subscribe(null, this::ended, () -> ended(null));
      return own.asMono();
    });
  }

  /** Notes that a connection has failed, and asks PostgreSQL whether it is down. */
  void suspect() {
    if (!open) {
      // Owned by the breaker: it never fails, and ends with the question.
      ask().subscribe();
    }
  }

  private void ended(@Nullable Throwable why) {
    note(why);
    Sinks.Empty<Void> told;
    synchronized (this) {
      told = asking;
      asking = null;
      if (running) {
        // Owned by the breaker, as above; close() ends the pause.
        next =
            scheduler.schedule(
                () -> ask().subscribe(), nextPause().toNanos(), TimeUnit.NANOSECONDS);
      }
    }
    if (told != null) {
      told.tryEmitEmpty();
    }
  }

  /** Runs for one answer at a time, so nobody else emits. */
  private void note(@Nullable Throwable why) {
    if (why == null) {
      answered = true;
      outage.isOver();
    } else {
      outage.goesOn(why);
    }
    open = why != null;
    states.tryEmitNext(open).orThrow();
  }

  /** Half of it is random, so that instances do not ask together. */
  private Duration nextPause() {
    Duration longest = open ? pause : PERIOD;
    Duration twice = longest.multipliedBy(2);
    pause = !open ? FIRST_PAUSE : twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    long half = longest.toNanos() / 2;
    return Duration.ofNanos(half + ThreadLocalRandom.current().nextLong(half + 1));
  }

  /** Fails while PostgreSQL is down, with a time to try again that is chosen for this caller. */
  Mono<Void> admit() {
    return Mono.defer(() -> {
      if (!open) {
        return Mono.empty();
      }
      outage.refuses();
      return Mono.error(new StoreUnreachableException("PostgreSQL is down", null, retryAfter()));
    });
  }

  /** Returns how many calls were refused because PostgreSQL was down. */
  double refused() {
    return outage.refused();
  }

  /** Stops asking; the state stays what it is. */
  @Override
  public synchronized void close() {
    running = false;
    if (next != null) {
      next.dispose();
    }
  }
}
