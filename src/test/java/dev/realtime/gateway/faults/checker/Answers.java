package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The commands of one connection that wait for their one reply. Times are nanoseconds of a clock
 * that stands still while a stopped gateway or a stalled client cannot be blamed. Not thread-safe.
 */
public final class Answers {

  private final String device;
  private final Duration limit;
  private final Violations violations;
  private final Map<String, Asked> waiting = new LinkedHashMap<>();

  private record Asked(String what, long at) {}

  public Answers(String device, Duration limit, Violations violations) {
    this.device = device;
    this.limit = limit;
    this.violations = violations;
  }

  public void asked(String id, String what, long at) {
    waiting.put(id, new Asked(what, at));
  }

  /**
   * A reply.
   *
   * @param code of an error, empty of an ack
   */
  public void replied(String id, String code) {
    Asked asked = waiting.remove(id);
    if (asked == null) {
      violations.add(Kind.DOUBLED, device, "a reply to " + id + ", which waits for none");
    } else if (code.equals("internal")) {
      violations.add(Kind.INTERNAL, device, asked.what);
    } else if (code.equals("bad_request") || code.equals("unknown_event")) {
      violations.add(Kind.PROTOCOL, device, code + " to " + asked.what);
    }
  }

  /** Notes what has waited for too long; returns whether anything has. */
  public boolean overdue(long now) {
    boolean any = false;
    for (Map.Entry<String, Asked> each : waiting.entrySet()) {
      long waited = now - each.getValue().at;
      if (waited > limit.toNanos()) {
        any = true;
        violations.add(
            Kind.UNANSWERED,
            device,
            "after %.1f s: %s %s".formatted(waited / 1e9, each.getKey(), each.getValue().what));
      }
    }
    return any;
  }

  /** The connection has ended, and nothing waits any more. */
  public void closed() {
    waiting.clear();
  }

  public int waiting() {
    return waiting.size();
  }
}
