package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Encryption;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Member;
import dev.realtime.gateway.protocol.Message;
import io.r2dbc.postgresql.codec.Json;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Rows of the chat tables as types of the protocol, and the columns each mapping needs. */
@Component
final class ChatRows {

  /** A chat with more members is shown without naming them. */
  static final int LISTED_MEMBERS = 100;

  private static final String MESSAGE_COLUMNS =
      """
      m.id, m.chat_id, m.seq, m.rev, m.sender_id, m.content, m.extra, m.kind, m.temp_id,
      m.created_at, m.edited_at, m.deleted_at,
      (select json_agg(json_build_object('reaction', r.reaction, 'count', r.count, 'mine', r.mine)
                       order by r.since, r.reaction)
       from (select x.reaction, count(*) as count, %s as mine,
                    min(x.created_at) as since
             from message_reactions x where x.message_id = m.id group by x.reaction) r) as reactions
      """;

  /** Columns of a message for the user {@code $1}: with the reactions that are the user's own. */
  static final String MESSAGE = MESSAGE_COLUMNS.formatted("bool_or(x.user_id = $1)");

  /** Columns of a message for the platform: none of the reactions is its own. */
  static final String MESSAGE_FOR_PLATFORM = MESSAGE_COLUMNS.formatted("false");

  /**
   * Columns of a chat; {@code $1} is the member who looks, {@code c} the chat, {@code me} its row.
   */
  static final String CHAT =
      """
      c.id as chat, c.type, c.title, c.encryption, c.last_seq, c.last_rev, me.read_seq,
      (select count(*) from chat_members x where x.chat_id = c.id) as member_count
      """;

  private final EnvelopeCodec codec;

  ChatRows(EnvelopeCodec codec) {
    this.codec = codec;
  }

  Message message(Readable row) {
    Draft.Extra extra = Draft.Extra.orNone(json(row, "extra", Draft.Extra.class));
    String id = text(row, "id", UUID.class);
    String tempId = text(row, "temp_id", String.class);
    long seq = number(row, "seq");
    return new Message(
        id,
        text(row, "chat_id", String.class),
        seq,
        number(row, "rev"),
        seq - 1,
        text(row, "sender_id", String.class),
        row.get("content", String.class),
        extra.encrypted(),
        tempId.equals(id) ? null : tempId,
        extra.replyTo(),
        extra.mentions(),
        extra.attachments(),
        Objects.requireNonNull(row.get("created_at", Instant.class)),
        row.get("edited_at", Instant.class),
        row.get("deleted_at", Instant.class),
        list(row, "reactions", Message.Reaction[].class),
        row.get("kind", String.class),
        null);
  }

  /** A chat with its members, unless they are too many to be listed. */
  ChatState chat(Readable row) {
    return chat(row, list(row, "members", Member[].class), null);
  }

  /** A chat as an entry of a list: with its last message, but without its members. */
  ChatState listed(Readable row, @Nullable Message lastMessage) {
    return chat(row, null, lastMessage);
  }

  private static ChatState chat(
      Readable row, @Nullable List<Member> members, @Nullable Message lastMessage) {
    String encryption = row.get("encryption", String.class);
    long lastSeq = number(row, "last_seq");
    long readSeq = number(row, "read_seq");
    return new ChatState(
        text(row, "chat", String.class),
        ChatType.of(text(row, "type", String.class)),
        row.get("title", String.class),
        encryption == null ? null : Encryption.REQUIRED,
        lastSeq,
        number(row, "last_rev"),
        readSeq,
        lastSeq - readSeq,
        Math.toIntExact(number(row, "member_count")),
        members,
        lastMessage);
  }

  private <T> @Nullable List<T> list(Readable row, String column, Class<T[]> type) {
    T[] values = json(row, column, type);
    return values == null ? null : List.of(values);
  }

  private <T> @Nullable T json(Readable row, String column, Class<T> type) {
    Json json = row.get(column, Json.class);
    return json == null ? null : codec.readData(json.asString(), type);
  }

  static String text(Readable row, String column, Class<?> type) {
    return Objects.requireNonNull(row.get(column, type), column).toString();
  }

  static long number(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, Long.class), column);
  }
}
