package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ChatReply;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Page;
import dev.realtime.gateway.store.Row;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Reads messages: for a user, only those in chats of which the user is a member; for the platform,
 * all of them.
 */
@Component
public final class MessageRepository {

  // The page is cut before large values are read; JSON has at least as many bytes as these columns.
  private static final String OF_A_MEMBER =
      """
      select %s from (
        select p.*, sum(p.size) over (order by p.seq %%1$s) - p.size as before
        from (
          select x.* from messages x
          where x.chat_id = :chatId and x.seq > :low and x.seq < :high
          order by x.seq %%1$s limit :limit) p) m
      where m.before < %d
        and exists (
          select 1 from chat_members me where me.chat_id = :chatId and me.user_id = :userId)
      order by m.seq %%1$s
      """
          .formatted(ChatRows.MESSAGE, Bounds.ITEM_BYTES);

  private static final String ASCENDING = OF_A_MEMBER.formatted("asc");

  private static final String DESCENDING = OF_A_MEMBER.formatted("desc");

  private static final String SEEN_BY =
      """
      select %s from messages m
      join chat_members me on me.chat_id = m.chat_id and me.user_id = :userId
      where m.id = :messageId
      """
          .formatted(ChatRows.MESSAGE);

  private static final String STORED =
      "select %s from messages m where m.id = :messageId".formatted(ChatRows.MESSAGE_FOR_PLATFORM);

  private static final String RECEIPTS =
      """
      select count(*) filter (where x.read_seq >= m.seq) as read,
             count(*) filter (where x.delivered_seq >= m.seq) as delivered,
             (select c.member_count from chats c where c.id = m.chat_id) as members,
             array_agg(x.user_id order by x.joined_at, x.user_id)
               filter (where x.read_seq >= m.seq) as readers
      from messages m
      left join chat_members x on x.chat_id = m.chat_id and x.user_id <> m.sender_id
      where m.id = :messageId
        and exists (
          select 1 from chat_members me where me.chat_id = m.chat_id and me.user_id = :userId)
      group by m.id, m.chat_id
      """;

  private static final String LAST =
      """
      select %s from chats c join messages m on m.chat_id = c.id and m.seq = c.last_seq
      where c.id = :chatId
      """
          .formatted(ChatRows.MESSAGE_FOR_PLATFORM);

  /** The bounds of a query for messages of a chat, on behalf of one of its members. */
  private record Range(String userId, String chatId, long low, long high, int limit) {}

  private final Database database;

  MessageRepository(Database database) {
    this.database = database;
  }

  /** Returns the first messages after one seq and before another, both exclusive, ascending. */
  public Mono<Page<Message>> messagesAfter(
      String userId, String chatId, long after, long before, int limit) {
    return messages(ASCENDING, new Range(userId, chatId, after, before, limit));
  }

  /** Returns the last messages before a seq, in descending order. */
  public Mono<Page<Message>> messagesBefore(String userId, String chatId, long before, int limit) {
    return messages(DESCENDING, new Range(userId, chatId, 0, before, limit));
  }

  private Mono<Page<Message>> messages(String sql, Range range) {
    return database
        .sql(sql)
        .bind("userId", range.userId())
        .bind("chatId", range.chatId())
        .bind("low", range.low())
        .bind("high", range.high())
        .page(range.limit(), ChatRows::message)
        .map(page -> page.within(Bounds.ITEM_BYTES, WireJson::bytes));
  }

  /**
   * Returns a message; empty if the user is not a member of its chat or there is no such message.
   */
  public Mono<Message> message(String userId, UUID messageId) {
    return database
        .sql(SEEN_BY)
        .bind("userId", userId)
        .bind("messageId", messageId)
        .map(ChatRows::message)
        .one();
  }

  /** Returns a message as the platform sees it; empty if there is no such message. */
  public Mono<Message> message(UUID messageId) {
    return database.sql(STORED).bind("messageId", messageId).map(ChatRows::message).one();
  }

  /** Returns a chat's last message as the platform sees it; empty if there is none. */
  public Mono<Message> lastMessage(String chatId) {
    return database.sql(LAST).bind("chatId", chatId).map(ChatRows::message).one();
  }

  /**
   * Returns the receipts of a message; empty if the user may not see it or there is no such
   * message.
   */
  public Mono<ChatReply.Receipts> receipts(String userId, UUID messageId) {
    return database
        .sql(RECEIPTS)
        .bind("userId", userId)
        .bind("messageId", messageId)
        .map(row ->
            new ChatReply.Receipts(row.number("read"), row.number("delivered"), readers(row)))
        .one();
  }

  private static @Nullable List<String> readers(Row row) {
    return row.number("members") > ChatRows.LISTED_MEMBERS ? null : row.texts("readers");
  }

  /** Returns whether a chat contains a message; used to check replies. */
  Mono<Boolean> contains(String chatId, UUID messageId) {
    return database
        .sql("select 1 from messages where id = :messageId and chat_id = :chatId")
        .bind("messageId", messageId)
        .bind("chatId", chatId)
        .map(_ -> true)
        .one()
        .defaultIfEmpty(false);
  }
}
