package dev.realtime.gateway.webhook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The places of an instance: each serves one queue at a time. Requests without an answer may hold
 * only half of them, so that others are always served.
 *
 * <ul>
 *   <li>A request is slow once it has no answer for a second. Half of the places are for slow ones.
 *   <li>A queue whose last request had no answer is served only in that half.
 *   <li>When all places are taken, a slow request beyond that half is ended, once it has waited
 *       twice as long as the receiver's last answer took: a receiver that is slow for all keeps its
 *       requests, and nothing is ended before the first answer.
 * </ul>
 */
final class Places {

  private final int size;
  private final int half;
  private final Duration slowAfter;
  private final LongSupplier nanoTime;
  private final Set<Place> asking = new LinkedHashSet<>(); // guarded by this
  private int taken; // guarded by this
  private int slow; // guarded by this
  private long patience = Long.MAX_VALUE; // guarded by this

  /**
   * Creates vacant places.
   *
   * @param slowAfter the time without an answer after which a request is slow
   */
  Places(int size, Duration slowAfter) {
    this(size, slowAfter, System::nanoTime);
  }

  Places(int size, Duration slowAfter, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.size = size;
    this.half = size / 2;
    this.slowAfter = slowAfter;
  }

  /** Returns how many places nobody has taken. */
  synchronized int vacant() {
    return size - taken;
  }

  /** Returns how many of the vacant places may serve a queue whose last request had no answer. */
  synchronized int vacantForSilent() {
    return Math.max(0, Math.min(size - taken, half - slow));
  }

  /**
   * Takes a place.
   *
   * @param silent whether the last request of the queue had no answer
   */
  synchronized Place take(boolean silent) {
    taken++;
    if (silent) {
      slow++;
    }
    return new Place(silent);
  }

  /**
   * Ends requests that have to make room for others. Somebody calls this more often than once in
   * the time after which a request is slow; one call for all places costs less than a timer each.
   */
  void look() {
    for (Sinks.One<WebhookAnswer> end : toEnd()) {
      // Fails if the request has just been answered, and then the answer counts.
      var _ =
          end.tryEmitValue(
              WebhookAnswer.without(
                  WebhookAnswer.Kind.ENDED, "no answer in a while, and others needed its place"));
    }
  }

  private synchronized List<Sinks.One<WebhookAnswer>> toEnd() {
    List<Sinks.One<WebhookAnswer>> ends = new ArrayList<>();
    for (Place place : asking) {
      Sinks.One<WebhookAnswer> end = place.end;
      if (end != null && place.isLate() && place.mustEnd()) {
        ends.add(end);
      }
    }
    return ends;
  }

  /** A place that is taken; all of its state is guarded by the places. */
  final class Place {

    private boolean isSlow;
    private boolean isLeft;
    private long begun;
    private Sinks.@Nullable One<WebhookAnswer> end;

    private Place(boolean isSlow) {
      this.isSlow = isSlow;
    }

    /**
     * Waits for the answer to a request that begins now.
     *
     * @return the answer, or that the request was ended to make room for others
     */
    Mono<WebhookAnswer> ask(Mono<WebhookAnswer> request) {
      return Mono.defer(
          () -> Mono.firstWithValue(request, begin().asMono()).doOnNext(this::answered));
    }

    private Sinks.One<WebhookAnswer> begin() {
      Sinks.One<WebhookAnswer> started = Sinks.one();
      synchronized (Places.this) {
        begun = nanoTime.getAsLong();
        end = started;
        asking.add(this);
      }
      return started;
    }

    private void answered(WebhookAnswer answer) {
      synchronized (Places.this) {
        asking.remove(this);
        end = null;
        if (!answer.isSilent()) {
          patience = 2 * age();
          beQuick();
        }
      }
    }

    private long age() {
      return nanoTime.getAsLong() - begun;
    }

    private boolean isLate() {
      return age() >= slowAfter.toNanos();
    }

    private boolean mustEnd() {
      if (!isSlow && slow < half) {
        isSlow = true;
        slow++;
      }
      return !isSlow && taken == size && age() >= patience;
    }

    private void beQuick() {
      if (isSlow) {
        isSlow = false;
        slow--;
      }
    }

    /** Gives the place back. A second call does nothing. */
    void leave() {
      synchronized (Places.this) {
        if (!isLeft) {
          isLeft = true;
          asking.remove(this);
          taken--;
          beQuick();
        }
      }
    }
  }
}
