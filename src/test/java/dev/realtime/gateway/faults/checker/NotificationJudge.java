package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Judges what one device is told about its user's notifications. Their order is known only to the
 * database, so it notes what comes on each connection, and {@link #check} compares at the end. Not
 * thread-safe.
 */
public final class NotificationJudge {

  private static final int PRINTED = 12;

  private record Told(String what, Consumer<NotificationOrder> step) {}

  private record Problem(Kind kind, String what) {}

  private final String device;
  private final Violations violations;
  private final List<List<Told>> connections = new ArrayList<>();
  private final Set<String> known = new LinkedHashSet<>();
  private final Set<String> here = new HashSet<>();
  private List<Told> told = new ArrayList<>();

  public NotificationJudge(String device, Violations violations) {
    this.device = device;
    this.violations = violations;
  }

  /** A connection begins. */
  public void connected() {
    told = new ArrayList<>();
    connections.add(told);
    here.clear();
  }

  /** The ack of a resume that replays what is after this one. */
  public void resumed(String after) {
    told.add(new Told("resumed after " + after, order -> order.resumed(after)));
  }

  public void pushed(String id, boolean replayed) {
    if (!here.add(id)) {
      violations.add(Kind.DOUBLED, device, "a notification comes twice: " + id);
    }
    known.add(id);
    told.add(
        replayed
            ? new Told("replayed " + id, order -> order.replayed(id))
            : new Told("pushed " + id, order -> order.pushed(id)));
  }

  /** One that stands in a list. */
  public void listed(String id) {
    known.add(id);
  }

  /** The ids of all that came, the oldest first. */
  public Set<String> known() {
    return known;
  }

  /** Whether everything that is there now has come. */
  public boolean hasAll(List<Stored.Notice> stored) {
    return stored.stream().allMatch(each -> each.gone() || known.contains(each.id()));
  }

  /** Holds what came on every connection against the order of what is stored. */
  public void check(List<Stored.Notice> stored) {
    for (List<Told> connection : connections) {
      check(connection, stored);
    }
    stored.stream()
        .filter(each -> !each.gone() && !known.contains(each.id()))
        .forEach(each -> violations.add(Kind.LOST, device, "has never been told of " + each));
  }

  private void check(List<Told> connection, List<Stored.Notice> stored) {
    List<Problem> problems = new ArrayList<>();
    NotificationOrder order =
        new NotificationOrder(stored, (kind, what) -> problems.add(new Problem(kind, what)));
    // What follows the first problem is a consequence of it, or much like it.
    for (int i = 0; i < connection.size() && problems.isEmpty(); i++) {
      connection.get(i).step.accept(order);
      String story =
          connection.subList(Math.max(0, i - PRINTED), i + 1).stream()
              .map(Told::what)
              .collect(Collectors.joining("\n    "));
      problems.forEach(each -> violations.add(each.kind, device, each.what + "\n    " + story));
    }
  }

  /** What a device reads in the whole list: the ids, the newest first, and which are read. */
  public record Listing(List<String> ids, Set<String> read, long unread) {}

  /** Holds a list that was read after everything had settled against what is stored. */
  public void check(Listing list, List<Stored.Notice> stored) {
    List<Stored.Notice> present = stored.stream().filter(each -> !each.gone()).toList().reversed();
    List<String> ids = present.stream().map(Stored.Notice::id).toList();
    if (!ids.equals(list.ids)) {
      violations.add(Kind.DIVERGED, device, "lists " + list.ids + ", stored are " + ids);
    }
    Set<String> read =
        present.stream()
            .filter(Stored.Notice::read)
            .map(Stored.Notice::id)
            .collect(Collectors.toSet());
    if (!read.equals(list.read)) {
      violations.add(Kind.DIVERGED, device, "has read " + list.read + ", stored is " + read);
    }
    long unread = (long) present.size() - read.size();
    if (list.unread != unread) {
      violations.add(Kind.DIVERGED, device, list.unread + " unread, stored are " + unread);
    }
  }

  /** The positions have no gap, and only the newest of each collapse key is there. */
  public static void checkStored(String user, List<Stored.Notice> stored, Violations violations) {
    long expected = 0;
    Set<String> newer = new HashSet<>();
    for (Stored.Notice each : stored) {
      if (each.position() != ++expected) {
        violations.add(Kind.LOST, "the database", user + " has " + each + " for " + expected);
        return;
      }
    }
    for (Stored.Notice each : stored.reversed()) {
      String key = each.collapseKey();
      boolean replaced = key != null && !newer.add(key);
      if (replaced != each.gone()) {
        violations.add(Kind.DIVERGED, "the database", user + " has " + each + ", wrongly replaced");
      }
    }
  }
}
