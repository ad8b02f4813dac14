package dev.realtime.gateway.chat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.support.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** What was acknowledged, to be compared with what is stored. Thread-safe. */
final class Ledger {

  private record Sent(String chat, String id, long seq, String tempId) {}

  private record Reacted(String message, String user, String reaction) {}

  private record Reader(String chat, String user) {}

  private record Notified(String user, String key) {}

  private final TestDatabase database;
  private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();
  private final Map<String, List<String>> asked = new ConcurrentHashMap<>();
  private final Map<String, String> edited = new ConcurrentHashMap<>();
  private final Queue<Reacted> reacted = new ConcurrentLinkedQueue<>();
  private final Map<Reader, Long> read = new ConcurrentHashMap<>();
  private final Queue<Notified> notified = new ConcurrentLinkedQueue<>();

  Ledger(TestDatabase database) {
    this.database = database;
  }

  int messages() {
    return sent.size();
  }

  void sent(String chat, String id, long seq, String tempId) {
    sent.add(new Sent(chat, id, seq, tempId));
  }

  /** An edit is about to be asked for. */
  void edits(String message, String words) {
    asked.computeIfAbsent(message, _ -> new CopyOnWriteArrayList<>()).add(words);
  }

  void edited(String message, String words) {
    edited.put(message, words);
  }

  void reacted(String message, String user, String reaction) {
    reacted.add(new Reacted(message, user, reaction));
  }

  void read(String chat, String user, long seq) {
    read.merge(new Reader(chat, user), seq, Math::max);
  }

  void notified(String user, String key) {
    notified.add(new Notified(user, key));
  }

  /** Everything is there, and once. */
  void check() {
    List<String> lost = sent.stream().filter(each -> count(each) != 1).map(Sent::toString).toList();
    assertThat(lost).as("lost of %s messages", sent.size()).isEmpty();
    assertThat(
            database.count("(select 1 from messages group by chat_id, seq having count(*) > 1) t"))
        .isZero();
    assertThat(
            database.count(
                "chats c where c.last_seq - c.base_seq <> (select count(*) from messages m"
                    + " where m.chat_id = c.id)"))
        .as("chats with a gap")
        .isZero();
    assertThat(edited.entrySet().stream().filter(each -> !isEdited(each)).toList())
        .as("lost of %s edits", edited.size())
        .isEmpty();
    assertThat(reacted.stream().filter(each -> count(each) != 1).toList())
        .as("lost of %s reactions", reacted.size())
        .isEmpty();
    assertThat(read.entrySet().stream().filter(each -> !isRead(each)).toList())
        .as("lost of %s marks", read.size())
        .isEmpty();
    assertThat(notified.stream().filter(each -> count(each) != 1).toList())
        .as("lost of %s notifications", notified.size())
        .isEmpty();
  }

  private long count(Sent each) {
    return database.count(
        "messages where chat_id = '%s' and id = '%s' and seq = %d and temp_id = '%s'"
            .formatted(each.chat, each.id, each.seq, each.tempId));
  }

  /** The acknowledged words, or others that were asked for after them. */
  private boolean isEdited(Map.Entry<String, String> edit) {
    List<String> words = asked.getOrDefault(edit.getKey(), List.of());
    return words.subList(words.indexOf(edit.getValue()), words.size()).stream()
        .anyMatch(each ->
            database.count(
                    "messages where id = '" + edit.getKey() + "' and content = '" + each + "'")
                == 1);
  }

  private long count(Reacted each) {
    return database.count(
        "message_reactions r join messages m on m.chat_id = r.chat_id and m.seq = r.seq"
            + " where m.id = '%s' and r.user_id = '%s' and r.reaction = '%s'"
                .formatted(each.message, each.user, each.reaction));
  }

  private boolean isRead(Map.Entry<Reader, Long> mark) {
    return database.count(
            "chat_members where chat_id = '%s' and user_id = '%s' and read_seq >= %d"
                .formatted(mark.getKey().chat, mark.getKey().user, mark.getValue()))
        == 1;
  }

  private long count(Notified each) {
    return database.count(
        "notifications where user_id = '%s' and title = '%s'".formatted(each.user, each.key));
  }
}
