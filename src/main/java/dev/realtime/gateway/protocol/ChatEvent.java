package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Pushes about chats, section 4 of the protocol. An event with a {@code rev} is a lasting change:
 * every connection in the room gets it once and in order.
 */
public sealed interface ChatEvent extends Event
    permits Message,
        ChatState,
        ChatEvent.MessageEdited,
        ChatEvent.MessageDeleted,
        ChatEvent.Typing,
        ChatEvent.DeliveredUpTo,
        ChatEvent.ReadUpTo,
        ChatEvent.Reacted,
        ChatEvent.MemberChanged,
        ChatEvent.ChatUpdated,
        ChatEvent.MessageChanged,
        ChatEvent.ReplayEnded,
        ChatEvent.UnreadChanged {

  /** A message was edited and has a new body. */
  @JsonTypeName("chat:edit")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record MessageEdited(
      String messageId,
      String chatId,
      long seq,
      long rev,
      @Nullable String content,
      @Nullable Encrypted encrypted,
      Instant editedAt,
      String by)
      implements ChatEvent {}

  /** A message was deleted and has no body any more. */
  @JsonTypeName("chat:delete")
  record MessageDeleted(
      String messageId, String chatId, long seq, long rev, Instant deletedAt, String by)
      implements ChatEvent {}

  /** A user started or stopped typing. */
  @JsonTypeName("chat:typing")
  record Typing(String chatId, String userId, boolean isTyping) implements ChatEvent, Passing {

    /** How long typing lasts after the last report of the typing user's app. */
    public static final Duration LASTS = Duration.ofSeconds(6);

    @Override
    public Delivery delivery() {
      String key = "chat:typing " + chatId + ' ' + userId;
      return isTyping ? new Delivery.Begins(key, LASTS) : new Delivery.Ends(key);
    }

    @Override
    public Typing end() {
      return new Typing(chatId, userId, false);
    }
  }

  /** A user's delivered marker moved: the user's devices have every message up to this one. */
  @JsonTypeName("chat:delivered")
  record DeliveredUpTo(String chatId, String userId, String messageId, long seq)
      implements ChatEvent {

    @Override
    public Delivery delivery() {
      return new Delivery.Latest("chat:delivered " + chatId + ' ' + userId);
    }
  }

  /** A user's read marker moved: the user has read every message up to this one. */
  @JsonTypeName("chat:read")
  record ReadUpTo(String chatId, String userId, String messageId, long seq) implements ChatEvent {

    @Override
    public Delivery delivery() {
      return new Delivery.Latest("chat:read " + chatId + ' ' + userId);
    }
  }

  /**
   * A user added or removed a reaction.
   *
   * @param count how many users have this reaction now
   */
  @JsonTypeName("chat:reaction")
  record Reacted(
      String messageId,
      String chatId,
      long rev,
      String userId,
      String reaction,
      ReactionAction action,
      long count)
      implements ChatEvent {}

  /** The two changes of a reaction. */
  enum ReactionAction {
    ADDED,
    REMOVED;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A member was added or removed, or has a new role.
   *
   * @param by id of the user who made the change; {@code "platform"} for the server API
   */
  @JsonTypeName("chat:member")
  record MemberChanged(String chatId, long rev, String userId, MemberAction action, String by)
      implements ChatEvent {

    @Override
    public MembershipChange membershipChange() {
      return new MembershipChange(chatId, rev, userId, action == MemberAction.REMOVE);
    }
  }

  /** The chat has a new title; null when the title was removed. */
  @JsonTypeName("chat:updated")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ChatUpdated(String chatId, long rev, @Nullable String title) implements ChatEvent {}

  /** An older message in its present state; sent in replays only. */
  @JsonTypeName("chat:changed")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record MessageChanged(String chatId, long rev, Message message, @Nullable Boolean replayed)
      implements ChatEvent {

    /**
     * Returns a delivery without a rev: a replay goes to one connection, outside the order of the
     * room.
     */
    @Override
    public Delivery delivery() {
      return Delivery.durable();
    }
  }

  /**
   * The end of a replay, and its last frame.
   *
   * @param seq number of the last message the client now has
   * @param rev number of the last change the client now has
   */
  @JsonTypeName("chat:replayed")
  record ReplayEnded(String chatId, long seq, long rev) implements ChatEvent {

    /**
     * Returns a delivery without a rev: a replay goes to one connection, outside the order of the
     * room.
     */
    @Override
    public Delivery delivery() {
      return Delivery.durable();
    }
  }

  /** The number of unread messages changed in a chat that this connection has not joined. */
  @JsonTypeName("chat:unread")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record UnreadChanged(String chatId, long unread, long lastSeq, @Nullable Message lastMessage)
      implements ChatEvent {

    @Override
    public Delivery delivery() {
      return new Delivery.Latest("chat:unread " + chatId);
    }
  }
}
