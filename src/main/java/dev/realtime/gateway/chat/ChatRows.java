package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Encryption;
import dev.realtime.gateway.protocol.Member;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Row;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Converts rows of the chat tables to types of the protocol, and defines the columns that each
 * needs.
 */
public final class ChatRows {

  /** The largest number of members that are listed by name; larger chats show only their number. */
  public static final int LISTED_MEMBERS = 100;

  private static final String MESSAGE_COLUMNS =
      """
      m.id, m.chat_id, m.seq, m.rev, m.sender_id, m.content, m.extra, m.kind, m.temp_id,
      m.created_at, m.edited_at, m.deleted_at,
      (select json_agg(json_build_object('reaction', r.reaction, 'count', r.count, 'mine', %s)
                       order by r.since, r.reaction)
       from reaction_counts r where r.chat_id = m.chat_id and r.seq = m.seq) as reactions
      """;

  private static final String MINE =
      """
      r.reaction = any (array(
        select x.reaction from message_reactions x
        where x.chat_id = m.chat_id and x.seq = m.seq and x.user_id = %s))
      """;

  /** Columns of a message for the user {@code :userId}, with the user's own reactions marked. */
  static final String MESSAGE = MESSAGE_COLUMNS.formatted(MINE.formatted(":userId"));

  /** Columns of a message for the user {@code a.user_id}, one of several who ask. */
  public static final String MESSAGE_FOR_ASKED =
      MESSAGE_COLUMNS.formatted(MINE.formatted("a.user_id"));

  /** Columns of a message for the platform, which has no reactions of its own. */
  public static final String MESSAGE_FOR_PLATFORM = MESSAGE_COLUMNS.formatted("false");

  private ChatRows() {}

  public static Message message(Row row) {
    Draft.Extra extra = Draft.Extra.orNone(row.optionalJson("extra", Draft.Extra.class));
    String id = row.id("id").toString();
    String tempId = row.text("temp_id");
    long seq = row.number("seq");
    return new Message(
        id,
        row.text("chat_id"),
        seq,
        row.number("rev"),
        seq - 1,
        row.text("sender_id"),
        row.optionalText("content"),
        extra.encrypted(),
        tempId.equals(id) ? null : tempId,
        extra.replyTo(),
        extra.mentions(),
        extra.attachments(),
        row.instant("created_at"),
        row.optionalInstant("edited_at"),
        row.optionalInstant("deleted_at"),
        list(row, "reactions", Message.Reaction[].class),
        row.optionalText("kind"),
        null);
  }

  /** Returns a chat with its members, or without them if there are too many to list. */
  public static ChatState chat(Row row) {
    return chat(row, list(row, "members", Member[].class), null);
  }

  /** Returns a chat as a list entry: with its last message, but without its members. */
  static ChatState listed(Row row, @Nullable Message lastMessage) {
    return chat(row, null, lastMessage);
  }

  private static ChatState chat(
      Row row, @Nullable List<Member> members, @Nullable Message lastMessage) {
    long lastSeq = row.number("last_seq");
    long readSeq = row.number("read_seq");
    return new ChatState(
        row.text("chat"),
        ChatType.of(row.text("type")),
        row.optionalText("title"),
        row.optionalText("encryption") == null ? null : Encryption.REQUIRED,
        lastSeq,
        row.number("last_rev"),
        readSeq,
        lastSeq - readSeq,
        row.integer("member_count"),
        members,
        lastMessage,
        null);
  }

  private static <T> @Nullable List<T> list(Row row, String column, Class<T[]> type) {
    T[] values = row.optionalJson(column, type);
    return values == null ? null : List.of(values);
  }
}
