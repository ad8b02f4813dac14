package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Promises.Subject;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Looks up in the database whether what was asked for is so. */
final class Facts {

  private final Stored stored;

  Facts(Stored stored) {
    this.stored = stored;
  }

  /**
   * Whether a subject has a value; also so of one whose room is not among those that are stored.
   */
  boolean hold(Subject subject, String value) {
    Stored.Chat chat = stored.chats().get(subject.room());
    Stored.Stream stream = stored.streams().get(subject.room());
    if (chat != null) {
      return hold(subject, chat, value);
    }
    return stream == null || hold(subject, stream, value);
  }

  private static boolean hold(Subject subject, Stored.Chat chat, String value) {
    Copy message = message(subject, chat);
    boolean there = value.equals("there");
    return switch (subject.what()) {
      case "words" -> message != null && Objects.equals(message.content(), value);
      case "reaction" ->
          chat.reactions().contains(subject.message() + " " + subject.detail()) == there;
      case "member" -> chat.members().containsKey(subject.detail()) == there;
      case "deleted" -> message != null && message.content() == null;
      default -> throw new IllegalArgumentException(subject.what());
    };
  }

  private static boolean hold(Subject subject, Stored.Stream stream, String value) {
    String status = stream.facts().status();
    return switch (subject.what()) {
      case "pin", "delete" ->
          stream.changes().stream()
              .anyMatch(change ->
                  change.what().equals(subject.what())
                      && change.message().equals(subject.message()));
      case "ban" -> stream.banned().contains(subject.detail()) == value.equals("there");
      case "status" -> status.equals(value) || status.equals("ended");
      default -> throw new IllegalArgumentException(subject.what());
    };
  }

  /** Words and reactions go with their message. */
  boolean isDeleted(Subject subject) {
    Stored.Chat chat = stored.chats().get(subject.room());
    Copy message = chat == null ? null : message(subject, chat);
    return message != null && message.content() == null;
  }

  private static @Nullable Copy message(Subject subject, Stored.Chat chat) {
    List<Long> seqs = chat.ids().getOrDefault(subject.message(), List.of());
    return seqs.isEmpty() ? null : chat.messages().get(seqs.getFirst());
  }
}
