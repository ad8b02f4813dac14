package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@link ChatCommand}s are answered with. */
public sealed interface ChatReply extends Reply {

  /**
   * The answer to {@code chat:message}, sent after the commit.
   *
   * @param duplicate the same message had been accepted before; nothing was broadcast this time
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Accepted(
      String id,
      String chatId,
      long seq,
      long rev,
      Instant createdAt,
      @Nullable String tempId,
      boolean duplicate)
      implements ChatReply {}

  /**
   * The answer to {@code chat:create}: the chat as its creator sees it, as in {@link ChatState}.
   *
   * @param members null in chats of more than 100 members
   * @param duplicate the chat was there already; nothing was made this time
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Created(
      String chatId,
      @Nullable ChatType type,
      @Nullable String title,
      @Nullable Encryption encryption,
      long lastSeq,
      @Nullable Long lastRev,
      @Nullable Long readSeq,
      @Nullable Long unread,
      @Nullable Integer memberCount,
      @Nullable List<Member> members,
      boolean duplicate)
      implements ChatReply {

    public static Created of(ChatState chat, boolean duplicate) {
      return new Created(
          chat.chatId(),
          chat.type(),
          chat.title(),
          chat.encryption(),
          chat.lastSeq(),
          chat.lastRev(),
          chat.readSeq(),
          chat.unread(),
          chat.memberCount(),
          chat.members(),
          duplicate);
    }
  }

  /** The answer to {@code chat:delivered}. */
  record Delivered(long deliveredSeq) implements ChatReply {}

  /** The answer to {@code chat:read}. */
  record Read(long readSeq, long unread) implements ChatReply {}

  /** How many have this reaction now. */
  record ReactionCount(long count) implements ChatReply {}

  /**
   * A page of messages.
   *
   * @param hasMore whether there are more on the side the page was read towards
   */
  record History(List<Message> messages, boolean hasMore) implements ChatReply {}

  /**
   * A page of chats.
   *
   * @param cursor where the next page begins; absent on the last one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Chats(List<ChatState> chats, @Nullable String cursor) implements ChatReply {}

  /**
   * Who has a message.
   *
   * @param read how many others have read it
   * @param delivered how many others' devices have it
   * @param userIds who has read it; absent in chats of more than 100 members
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Receipts(long read, long delivered, @Nullable List<String> userIds) implements ChatReply {}
}
