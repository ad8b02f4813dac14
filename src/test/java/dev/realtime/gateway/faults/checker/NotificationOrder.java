package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Follows one connection through the order in which a user's notifications are stored. One that was
 * replaced may be missing, since a replay and the log pass over it. Not thread-safe.
 */
final class NotificationOrder {

  private final TreeMap<Long, Stored.Notice> stored = new TreeMap<>();
  private final Map<String, Long> positions = new HashMap<>();
  private final BiConsumer<Kind, String> found;

  /** The first and the last one pushed live; 0 for none. */
  private long first;

  private long last;

  /** From the ack of a resume to the first newer push. */
  private boolean replaying;

  private long replayed;

  NotificationOrder(List<Stored.Notice> stored, BiConsumer<Kind, String> found) {
    this.found = found;
    stored.forEach(each -> {
      this.stored.put(each.position(), each);
      positions.put(each.id(), each.position());
    });
  }

  private long position(String id) {
    Long position = positions.get(id);
    if (position == null) {
      found.accept(Kind.STRAY, "nobody stored the notification " + id);
      return 0;
    }
    return position;
  }

  /** A replay of what is after this one begins, and ends with the next push that is none of it. */
  void resumed(String after) {
    replaying = true;
    replayed = position(after);
  }

  void replayed(String id) {
    long position = position(id);
    if (!replaying) {
      found.accept(Kind.DISORDERED, "replayed after a newer one: " + id);
    }
    if (first > 0 && position >= first) {
      found.accept(Kind.DISORDERED, "replayed, though pushes began before it: " + id);
    }
    step(replayed, position);
    replayed = position;
  }

  void pushed(String id) {
    long position = position(id);
    first = first == 0 ? position : first;
    if (last > 0) {
      step(last, position);
    }
    last = position;
    if (replaying) {
      replaying = false;
      step(replayed, Math.max(first, replayed + 1));
    }
  }

  private void step(long from, long to) {
    if (to <= from) {
      found.accept(
          to == from ? Kind.DOUBLED : Kind.DISORDERED, "position " + to + " comes after " + from);
      return;
    }
    stored.subMap(from, false, to, false).values().stream()
        .filter(each -> !each.gone())
        .findFirst()
        .ifPresent(missing ->
            found.accept(
                Kind.LOST, "from position " + from + " to " + to + ", without " + missing));
  }
}
