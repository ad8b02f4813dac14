package dev.realtime.gateway.faults.checker;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What the database has at the end.
 *
 * @param notices by user
 */
public record Stored(
    Map<String, Chat> chats, Map<String, Stream> streams, Map<String, List<Notice>> notices) {

  /** How much there is, for a line of the report. */
  @Override
  public String toString() {
    return "%d messages, %d notifications, %d changes of streams"
        .formatted(
            chats.values().stream().mapToLong(Chat::lastSeq).sum(),
            notices.values().stream().mapToLong(List::size).sum(),
            streams.values().stream().mapToLong(Stream::lastRev).sum());
  }

  /** The notifications of a user, in order; none if nobody told the user anything. */
  public List<Notice> notices(String user) {
    return notices.getOrDefault(user, List.of());
  }

  /** Whether a notification that a user was told has been read. */
  boolean hasRead(String user, String id) {
    return notices(user).stream().anyMatch(each -> each.id().equals(id) && each.read());
  }

  /**
   * A chat.
   *
   * @param messages by seq
   * @param ids the seqs that each id and each (sender, tempId) has, by that text
   * @param reactions who gave which, as {@code message user reaction}
   * @param members the role of each
   * @param read the read marker of each member
   */
  public record Chat(
      long lastSeq,
      long lastRev,
      SortedMap<Long, Copy> messages,
      Map<String, List<Long>> ids,
      Set<String> reactions,
      SortedMap<String, String> members,
      Map<String, Long> read) {}

  /**
   * A stream as it is stored.
   *
   * @param facts as the row of the stream has them
   * @param lastRev the number of its last change
   * @param revs the numbers of all its changes, in order
   * @param changes those that all viewers are told, in order
   * @param banned who is banned
   * @param deleted the ids of deleted messages
   */
  public record Stream(
      StreamFacts facts,
      long lastRev,
      List<Long> revs,
      List<StreamChange> changes,
      Set<String> banned,
      Set<String> deleted) {

    /** What it was after each number of changes, from none to all. */
    List<StreamFacts> states() {
      List<StreamFacts> states = new ArrayList<>();
      states.add(StreamFacts.NEW);
      changes.forEach(change -> states.add(states.getLast().after(change)));
      return states;
    }
  }

  /**
   * A notification as it is stored.
   *
   * @param position its place in the order of its user
   * @param about the message of a mention, else the title
   * @param collapseKey null for one that replaces none
   * @param gone replaced by a newer one
   */
  public record Notice(
      String id,
      long position,
      String about,
      @Nullable String collapseKey,
      boolean read,
      boolean gone) {}
}
