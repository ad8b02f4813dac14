package dev.realtime.gateway.faults.checker;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What a run has found wrong, in the order in which it was found. Thread-safe. */
public final class Violations {

  /** How a promise was broken. */
  public enum Kind {
    /** Something that was promised did not come, or is not stored. */
    LOST,
    /** Something came, or is stored, more than once. */
    DOUBLED,
    /** Something came before what it had to follow. */
    DISORDERED,
    /** A frame of a room came to a connection outside the room. */
    STRAY,
    /** A client's state is not the one of the database. */
    DIVERGED,
    /** A command was answered with a fault of the gateway. */
    INTERNAL,
    /** A command got no answer in time, on a connection that stayed open. */
    UNANSWERED,
    /** Something stayed behind after everybody had left. */
    LEFTOVER,
    /** A frame that the protocol does not permit, or a refusal nobody gave cause for. */
    PROTOCOL
  }

  /** One finding. */
  public record Violation(Kind kind, String where, String what) {
    @Override
    public String toString() {
      return kind + " at " + where + ": " + what;
    }
  }

  private final long start = System.nanoTime();
  private final List<Violation> found = new ArrayList<>();

  public synchronized void add(Kind kind, String where, String what) {
    String time = "%.1f s, ".formatted((System.nanoTime() - start) / 1e9);
    found.add(new Violation(kind, time + where, what));
  }

  public synchronized List<Violation> found() {
    return List.copyOf(found);
  }

  public synchronized Map<Kind, Long> counts() {
    Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    found.forEach(each -> counts.merge(each.kind(), 1L, Long::sum));
    return counts;
  }
}
