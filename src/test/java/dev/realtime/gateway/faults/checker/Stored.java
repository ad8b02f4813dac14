package dev.realtime.gateway.faults.checker;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/** What the database has at the end. */
public record Stored(Map<String, Chat> chats, List<Told> notifications) {

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
   * A notification.
   *
   * @param about the message of a mention, else the title
   */
  public record Told(String user, String about) {}
}
