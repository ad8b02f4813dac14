package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** Every write that was acknowledged, to be held against the database. Thread-safe. */
public final class Promises {

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

  /** What a message says, whether a reaction is there, whether somebody is a member. */
  public record Subject(String what, String chat, String message, String detail) {}

  private final List<Sent> sent = new ArrayList<>();
  private final Map<Subject, List<Attempt>> attempts = new LinkedHashMap<>();
  private final Map<String, Map<String, Long>> read = new HashMap<>();
  private final List<Stored.Told> told = new ArrayList<>();
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
    told.add(new Stored.Told(user, about));
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

  private static void checkTold(Stored.Told each, Stored stored, Violations violations) {
    long count = stored.notifications().stream().filter(each::equals).count();
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
    Stored.Chat chat = stored.chats().get(subject.chat);
    if (last == null || chat == null) {
      return;
    }
    Attempt known = last;
    BiPredicate<Stored.Chat, String> holds = (there, value) -> holds(subject, there, value);
    boolean fits =
        list.stream()
            .filter(each -> each == known || each.acknowledged == 0)
            .anyMatch(each -> holds.test(chat, each.value));
    if (!fits && !isDeleted(subject, chat)) {
      violations.add(Kind.LOST, "the database", subject + " was to be " + known.value);
    }
  }

  /** Words and reactions go with their message. */
  private static boolean isDeleted(Subject subject, Stored.Chat chat) {
    Copy message = message(subject, chat);
    return message != null && message.content() == null;
  }

  private static boolean holds(Subject subject, Stored.Chat chat, String value) {
    return switch (subject.what) {
      case "words" -> {
        Copy message = message(subject, chat);
        yield message != null && Objects.equals(message.content(), value);
      }
      case "reaction" ->
          chat.reactions().contains(subject.message + " " + subject.detail)
              == value.equals("there");
      case "member" -> chat.members().containsKey(subject.detail) == value.equals("there");
      case "deleted" -> {
        Copy message = message(subject, chat);
        yield message != null && message.content() == null;
      }
      default -> throw new IllegalArgumentException(subject.what);
    };
  }

  private static @Nullable Copy message(Subject subject, Stored.Chat chat) {
    List<Long> seqs = chat.ids().getOrDefault(subject.message, List.of());
    return seqs.isEmpty() ? null : chat.messages().get(seqs.getFirst());
  }
}
