package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Pushes about chats, section 4 of the protocol. Those with a {@code rev} are lasting changes:
 * every connection in the room gets each once and in order.
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

  /** A message has a new body. */
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

  /** A message has lost its body. */
  @JsonTypeName("chat:delete")
  record MessageDeleted(
      String messageId, String chatId, long seq, long rev, Instant deletedAt, String by)
      implements ChatEvent {}

  /** Somebody types, or no longer. */
  @JsonTypeName("chat:typing")
  record Typing(String chatId, String userId, boolean isTyping) implements ChatEvent, Passing {

    /** How long it lasts after the typist's app has said so last. */
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

  /** Somebody's devices have everything up to a message. */
  @JsonTypeName("chat:delivered")
  record DeliveredUpTo(String chatId, String userId, String messageId, long seq)
      implements ChatEvent {

    @Override
    public Delivery delivery() {
      return new Delivery.Latest("chat:delivered " + chatId + ' ' + userId);
    }
  }

  /** Somebody has read everything up to a message. */
  @JsonTypeName("chat:read")
  record ReadUpTo(String chatId, String userId, String messageId, long seq) implements ChatEvent {

    @Override
    public Delivery delivery() {
      return new Delivery.Latest("chat:read " + chatId + ' ' + userId);
    }
  }

  /**
   * Somebody has reacted, or taken it back.
   *
   * @param count how many have this reaction now
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

  /** What became of a reaction. */
  enum ReactionAction {
    ADDED,
    REMOVED;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A member came, went or changed role.
   *
   * @param by who did it; {@code "platform"} for the server API
   */
  @JsonTypeName("chat:member")
  record MemberChanged(String chatId, long rev, String userId, MemberAction action, String by)
      implements ChatEvent {

    @Override
    public MembershipChange membershipChange() {
      return new MembershipChange(chatId, rev, userId, action == MemberAction.REMOVE);
    }
  }

  /** The chat has a new title; null for none. */
  @JsonTypeName("chat:updated")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ChatUpdated(String chatId, long rev, @Nullable String title) implements ChatEvent {}

  /** An older message in its present state; in replays only. */
  @JsonTypeName("chat:changed")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record MessageChanged(String chatId, long rev, Message message, @Nullable Boolean replayed)
      implements ChatEvent {

    /** A replay goes to one connection, outside the order of the room. */
    @Override
    public Delivery delivery() {
      return Delivery.durable();
    }
  }

  /**
   * A replay is complete: the last frame of each.
   *
   * @param seq number of the last message the client now has
   * @param rev number of the last change it now has
   */
  @JsonTypeName("chat:replayed")
  record ReplayEnded(String chatId, long seq, long rev) implements ChatEvent {

    /** A replay goes to one connection, outside the order of the room. */
    @Override
    public Delivery delivery() {
      return Delivery.durable();
    }
  }

  /** There is something unread in a chat this connection has not joined. */
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
