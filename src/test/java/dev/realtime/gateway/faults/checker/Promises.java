package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Every write that was acknowledged, to be held against the database. Thread-safe. */
public final class Promises {

  /** A notification by what it is about. */
  private record Told(String user, String about) {}

  private record Sent(String chat, String id, long seq, String tempId) {}

  /** A value that was asked for, and whether that was acknowledged. */
  private static final class Attempt {
    final String value;

    /** 0 if it never was; else the later the greater. */
    long acknowledged;

    Attempt(String value) {
      this.value = value;
    }
  }

  /**
   * What a message says, whether a reaction is there, whether somebody is a member or banned.
   *
   * @param room a chat or a stream
   */
  public record Subject(String what, String room, String message, String detail) {}

  private final List<Sent> sent = new ArrayList<>();
  private final Map<Subject, List<Attempt>> attempts = new LinkedHashMap<>();
  private final Map<String, Map<String, Long>> read = new HashMap<>();
  private final List<Told> told = new ArrayList<>();
  private final Map<String, Set<String>> readNotices = new HashMap<>();
  private long acknowledgements;

  public synchronized void sent(String chat, String id, long seq, String tempId) {
    sent.add(new Sent(chat, id, seq, tempId));
  }

  /** Something is about to be asked for; what is given back notes that it was acknowledged. */
  public synchronized Runnable asks(Subject subject, String value) {
    Attempt attempt = new Attempt(value);
    attempts.computeIfAbsent(subject, _ -> new ArrayList<>()).add(attempt);
    return () -> acknowledge(attempt);
  }

  private synchronized void acknowledge(Attempt attempt) {
    acknowledgements++;
    attempt.acknowledged = acknowledgements;
  }

  public synchronized void read(String chat, String user, long seq) {
    read.computeIfAbsent(chat, _ -> new HashMap<>()).merge(user, seq, Math::max);
  }

  public synchronized void told(String user, String about) {
    told.add(new Told(user, about));
  }

  /** A user's notifications were marked as read. */
  public synchronized void read(String user, Collection<String> notices) {
    readNotices.computeIfAbsent(user, _ -> new HashSet<>()).addAll(notices);
  }

  public synchronized int messages() {
    return sent.size();
  }

  public synchronized int others() {
    return attempts.values().stream()
        .mapToInt(list -> (int) list.stream().filter(each -> each.acknowledged > 0).count())
        .sum();
  }

  /** Everything that was acknowledged is there, once. */
  public synchronized void check(Stored stored, Violations violations) {
    for (Sent each : sent) {
      Stored.Chat chat = stored.chats().get(each.chat);
      List<Long> byId = chat == null ? List.of() : chat.ids().getOrDefault(each.id, List.of());
      List<Long> byKey = chat == null ? List.of() : chat.ids().getOrDefault(each.tempId, List.of());
      if (!byId.contains(each.seq)) {
        violations.add(Kind.LOST, "the database", each + ", there under " + byId);
      }
      if (byKey.size() > 1) {
        violations.add(Kind.DOUBLED, "the database", each + ", there under " + byKey);
      }
    }
    attempts.forEach((subject, list) -> checkLast(subject, list, stored, violations));
    read.forEach((chat, marks) ->
        marks.forEach((user, seq) -> checkMark(chat, user, seq, stored, violations)));
    told.forEach(each -> checkTold(each, stored, violations));
    readNotices.forEach((user, ids) ->
        ids.stream()
            .filter(id -> !stored.hasRead(user, id))
            .forEach(id -> violations.add(Kind.LOST, "the database", user + " has read " + id)));
  }

  private static void checkMark(
      String chat, String user, long seq, Stored stored, Violations violations) {
    Stored.Chat there = stored.chats().get(chat);
    Long mark = there == null ? null : there.read().get(user);
    if (mark == null || mark < seq) {
      violations.add(
          Kind.LOST, "the database", user + " has read " + seq + " in " + chat + ", not " + mark);
    }
  }

  private static void checkTold(Told each, Stored stored, Violations violations) {
    long count =
        stored.notices(each.user).stream().filter(one -> one.about().equals(each.about)).count();
    if (count != 1) {
      violations.add(
          count == 0 ? Kind.LOST : Kind.DOUBLED,
          "the database",
          "a notification that is there " + count + " times: " + each);
    }
  }

  /** The last acknowledged value holds, or one of which nobody knows whether it was written. */
  private static void checkLast(
      Subject subject, List<Attempt> list, Stored stored, Violations violations) {
    // One that had to be repeated may have been carried out after one that was asked for later.
    Attempt last = null;
    for (Attempt attempt : list) {
      if (attempt.acknowledged > (last == null ? 0 : last.acknowledged)) {
        last = attempt;
      }
    }
    if (last == null) {
      return;
    }
    Attempt known = last;
    Facts facts = new Facts(stored);
    boolean fits =
        list.stream()
            .filter(each -> each == known || each.acknowledged == 0)
            .anyMatch(each -> facts.hold(subject, each.value));
    if (!fits && !facts.isDeleted(subject)) {
      violations.add(Kind.LOST, "the database", subject + " was to be " + known.value);
    }
  }
}
