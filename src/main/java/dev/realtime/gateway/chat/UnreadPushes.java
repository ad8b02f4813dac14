package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.work.Conflater;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.scheduler.Schedulers;

/**
 * Pushes unread counts to members who are not in the room: one query for the markers of a chat and
 * one publish for all members, at most every half second per chat, however many messages were sent.
 */
@Component
final class UnreadPushes {

  private static final Logger log = LoggerFactory.getLogger(UnreadPushes.class);
  private static final Duration WINDOW = Duration.ofMillis(500);

  /** The maximum number of members of a chat for which unread counts are pushed. */
  private static final int MEMBERS = 500;

  // Counts up to the message that is shown with them: a newer one has a window of its own.
  private static final String UNREAD =
      """
      select m.user_id, greatest(:seq - m.read_seq, 0) as unread
      from chats c join chat_members m on m.chat_id = c.id
      where c.id = :chatId and (m.read_seq < :seq or m.user_id = :senderId)
        and c.member_count <= :members
      """;

  private record Unread(String userId, long count) {}

  private final Database database;
  private final UnreadBroadcasts broadcasts;
  private final Conflater<String> windows = new Conflater<>(WINDOW, Schedulers.parallel());

  UnreadPushes(Database database, UnreadBroadcasts broadcasts) {
    this.database = database;
    this.broadcasts = broadcasts;
  }

  /** Schedules the unread pushes for a new last message of a chat. */
  void changed(Message lastMessage) {
    windows.submit(lastMessage.chatId(), () -> push(lastMessage));
  }

  private void push(Message lastMessage) {
    // This subscription has no owner: it ends with the query. After a failure the counts are stale
    // until the next message renews them.
    database
        .sql(UNREAD)
        .bind("chatId", lastMessage.chatId())
        .bind("seq", lastMessage.seq())
        .bind("members", MEMBERS)
        // The sender has no unread message, but the sender's other devices get the push as well.
        .bind("senderId", lastMessage.senderId())
        .map(row -> new Unread(row.text("user_id"), row.number("unread")))
        .list()
        .subscribe(
            unread -> push(lastMessage, unread),
            failure ->
                log.warn("No unread pushes for {}: {}", lastMessage.chatId(), failure.toString()));
  }

  private void push(Message lastMessage, List<Unread> unread) {
    if (!unread.isEmpty()) {
      broadcasts.publish(
          new UnreadCounts(
              lastMessage.chatId(),
              lastMessage.seq(),
              lastMessage,
              unread.stream().collect(Collectors.toMap(Unread::userId, Unread::count)),
              false));
    }
  }
}
