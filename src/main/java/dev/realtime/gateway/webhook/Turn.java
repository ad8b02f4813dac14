package dev.realtime.gateway.webhook;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The events of one run of a queue, and how many of them the next request carries. After a refusal
 * that is half as many, until the one that is refused stands alone; after a success twice as many.
 * Used by one run, one step at a time.
 */
final class Turn {

  /** The most bytes of events in one request, unless a single event has more. */
  static final int BYTES = 256 * 1024;

  private final Deque<WebhookEvent> waiting;
  private final int most;
  private int size;

  /**
   * Begins a run.
   *
   * @param most the most events of a request
   */
  Turn(List<WebhookEvent> events, int most) {
    this.waiting = new ArrayDeque<>(events);
    this.most = most;
    // An event that has failed is posted alone: it must not hold up others again.
    this.size = events.isEmpty() || events.getFirst().attempts() > 0 ? 1 : most;
  }

  boolean isOver() {
    return waiting.isEmpty();
  }

  /** Returns the events of the next request; they stay first until {@link #drop}. */
  List<WebhookEvent> next() {
    List<WebhookEvent> next = new ArrayList<>();
    int bytes = 0;
    for (WebhookEvent event : waiting) {
      // The length in characters is close enough: the limit protects memory, not a protocol.
      bytes += event.data().length();
      if (next.size() == size || (bytes > BYTES && !next.isEmpty())) {
        break;
      }
      next.add(event);
    }
    return next;
  }

  /** Takes events out that were accepted. */
  void accepted(List<WebhookEvent> events) {
    drop(events);
    size = Math.min(most, size * 2);
  }

  /** Takes the first events out. */
  void drop(List<WebhookEvent> events) {
    events.forEach(_ -> waiting.remove());
  }

  /** Makes the next request half as large as one that was refused. */
  void narrow(List<WebhookEvent> refused) {
    size = Math.max(1, refused.size() / 2);
  }
}
