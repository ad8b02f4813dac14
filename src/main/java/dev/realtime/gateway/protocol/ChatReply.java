package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The replies to {@link ChatCommand}s. */
public sealed interface ChatReply extends Reply {

  /**
   * The reply to {@code chat:message}, sent after the commit.
   *
   * @param duplicate whether the message had been accepted before; then this command broadcast
   *     nothing
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
   * The reply to {@code chat:create}: the chat as its creator sees it, as in {@link ChatState}.
   *
   * @param members null in chats of more than 100 members
   * @param duplicate whether the chat existed already; then this command created nothing
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

  /** The reply to {@code chat:delivered}. */
  record Delivered(long deliveredSeq) implements ChatReply {}

  /** The reply to {@code chat:read}. */
  record Read(long readSeq, long unread) implements ChatReply {}

  /** The reply to {@code chat:reaction}: how many users have this reaction now. */
  record ReactionCount(long count) implements ChatReply {}

  /**
   * The reply to {@code chat:history}: a page of messages.
   *
   * @param hasMore whether more messages exist in the direction of the read
   */
  record History(List<Message> messages, boolean hasMore) implements ChatReply {}

  /**
   * The reply to {@code chat:list}: a page of chats.
   *
   * @param cursor start of the next page; absent on the last page
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Chats(List<ChatState> chats, @Nullable String cursor) implements ChatReply {}

  /**
   * The reply to {@code chat:receipts}: which members have a message.
   *
   * @param read how many other members have read it
   * @param delivered how many other members have it on a device
   * @param userIds the members who have read it; absent in chats of more than 100 members
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Receipts(long read, long delivered, @Nullable List<String> userIds) implements ChatReply {}
}
