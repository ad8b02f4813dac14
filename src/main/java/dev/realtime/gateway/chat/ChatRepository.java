package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Page;
import dev.realtime.gateway.store.Row;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Reads chats on behalf of a user; returns only chats of which the user is a member. */
@Component
public final class ChatRepository {

  private static final String MEMBERSHIPS =
      "select chat_id from chat_members where user_id = :userId and chat_id = any (:chatIds)";

  // The chats of the page are found before their last messages are read, and only as many of these
  // as have room on it.
  private static final String LIST =
      """
      select c.id as chat, c.type, c.title, c.encryption, c.last_seq, c.last_rev, c.member_count,
             c.read_seq, c.active_at, %s
      from (
        select p.*,
               sum(coalesce(x.size, 0)) over (order by p.active_at desc, p.id desc)
                 - coalesce(x.size, 0) as before
        from (
          select c.*, me.read_seq from chat_members me join chats c on c.id = me.chat_id
          where me.user_id = :userId and (c.active_at, c.id) < (:activeAt::timestamptz, :chatId)
          order by c.active_at desc, c.id desc limit :limit) p
        left join messages x on x.chat_id = p.id and x.seq = p.last_seq) c
      left join messages m on m.chat_id = c.id and m.seq = c.last_seq
      where c.before < %d
      order by c.active_at desc, c.id desc
      """
          .formatted(ChatRows.MESSAGE, Bounds.ITEM_BYTES);

  private final Database database;

  ChatRepository(Database database) {
    this.database = database;
  }

  /** Returns those of these chats of which the user is a member. */
  public Mono<List<String>> memberships(String userId, Collection<String> chatIds) {
    return database
        .sql(MEMBERSHIPS)
        .bind("userId", userId)
        .bindTexts("chatIds", chatIds)
        .map(row -> row.text("chat_id"))
        .all()
        .collectList();
  }

  /** Returns a page of the user's chats from a cursor on, the most recently active first. */
  public Mono<Page<ListedChat>> list(String userId, ListCursor from, int limit) {
    return database
        .sql(LIST)
        .bind("userId", userId)
        .bind("activeAt", from.activeAt())
        .bind("chatId", from.chatId())
        .page(limit, this::listed)
        .map(page -> page.within(Bounds.ITEM_BYTES, listed -> WireJson.bytes(listed.chat())));
  }

  private ListedChat listed(Row row) {
    Message last = row.optionalId("id") == null ? null : ChatRows.message(row);
    ChatState chat = ChatRows.listed(row, last);
    OffsetDateTime activeAt = row.required("active_at", OffsetDateTime.class);
    return new ListedChat(chat, new ListCursor(activeAt, chat.chatId()));
  }

  /** A chat and the cursor at which the list continues after it. */
  public record ListedChat(ChatState chat, ListCursor cursor) {}
}
