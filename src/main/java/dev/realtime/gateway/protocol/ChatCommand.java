package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands about chats, section 4 of the protocol. */
public sealed interface ChatCommand extends Command {

  /** Commands about messages of chats: they need no place in the chat's room. */
  sealed interface MessageCommand extends ChatCommand {}

  /**
   * Creates a chat; the caller is added, and is admin of a group. A direct pair has one chat.
   *
   * @param tempId makes it idempotent: unique for ever per caller
   */
  @JsonTypeName("chat:create")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record CreateChat(
      ChatType type,
      List<String> memberIds,
      @Nullable String title,
      @Nullable Encryption encryption,
      @Nullable String tempId)
      implements ChatCommand {
    public CreateChat {
      Checks.required("type", type);
      memberIds =
          Checks.ids(
              "memberIds", Checks.required("memberIds", memberIds), Bounds.MEMBERS_A_COMMAND);
      Checks.title(title);
      Checks.optionalId("tempId", tempId);
    }

    /** One that makes another chat each time, but for a direct pair. */
    public CreateChat(
        ChatType type,
        List<String> memberIds,
        @Nullable String title,
        @Nullable Encryption encryption) {
      this(type, memberIds, title, encryption, null);
    }
  }

  /**
   * Enters the chat's room.
   *
   * @param since number of the last message the client has; what came after is replayed
   */
  @JsonTypeName("chat:join")
  @ShortForm("chatId")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record JoinChat(String chatId, @Nullable Long since) implements ChatCommand {
    public JoinChat {
      Ids.check("chatId", chatId);
      if (since != null) {
        Checks.notNegative("since", since);
      }
    }
  }

  /** Leaves the chat's room with this connection; the membership stays. */
  @JsonTypeName("chat:leave")
  @ShortForm("chatId")
  record LeaveChat(String chatId) implements ChatCommand {
    public LeaveChat {
      Ids.check("chatId", chatId);
    }
  }

  /**
   * Sends a message.
   *
   * @param tempId makes it idempotent: unique for ever per sender and chat
   */
  @JsonTypeName("chat:message")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record SendMessage(
      String chatId,
      @Nullable String content,
      @Nullable String tempId,
      @Nullable String replyTo,
      @Nullable List<String> mentions,
      @Nullable List<Attachment> attachments,
      @Nullable Encrypted encrypted)
      implements MessageCommand {
    public SendMessage {
      Ids.check("chatId", chatId);
      Checks.optionalId("tempId", tempId);
      replyTo = Checks.optionalOwnId("replyTo", replyTo);
      mentions = mentions == null ? null : Checks.ids("mentions", mentions, Bounds.MENTIONS);
      if (attachments != null) {
        Checks.atMost("attachments", attachments.size(), Bounds.ATTACHMENTS);
        attachments.forEach(attachment -> Checks.required("attachments", attachment));
        attachments = List.copyOf(attachments);
      }
      Checks.body(content, encrypted, attachments != null && !attachments.isEmpty());
    }
  }

  /** Replaces the body of one's own message by one of the same kind. */
  @JsonTypeName("chat:edit")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record EditMessage(String messageId, @Nullable String content, @Nullable Encrypted encrypted)
      implements MessageCommand {
    public EditMessage {
      messageId = Checks.ownId("messageId", messageId);
      Checks.body(content, encrypted, false);
    }
  }

  /** Deletes a message; its number stays. */
  @JsonTypeName("chat:delete")
  @ShortForm("messageId")
  record DeleteMessage(String messageId) implements MessageCommand {
    public DeleteMessage {
      messageId = Checks.ownId("messageId", messageId);
    }
  }

  /** Says that one is typing, or no longer. */
  @JsonTypeName("chat:typing")
  record SetTyping(String chatId, Boolean isTyping) implements ChatCommand {
    public SetTyping {
      Ids.check("chatId", chatId);
      Checks.required("isTyping", isTyping);
    }
  }

  /** Everything up to this message has reached a device. */
  @JsonTypeName("chat:delivered")
  record MarkDelivered(String chatId, String messageId) implements MessageCommand {
    public MarkDelivered {
      Ids.check("chatId", chatId);
      messageId = Checks.ownId("messageId", messageId);
    }
  }

  /** Everything up to this message has been read. */
  @JsonTypeName("chat:read")
  record MarkRead(String chatId, String messageId) implements MessageCommand {
    public MarkRead {
      Ids.check("chatId", chatId);
      messageId = Checks.ownId("messageId", messageId);
    }
  }

  /** Adds or removes one's reaction; once per user and reaction. */
  @JsonTypeName("chat:reaction")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record React(String messageId, String reaction, @Nullable Boolean remove)
      implements MessageCommand {
    public React {
      messageId = Checks.ownId("messageId", messageId);
      Checks.reaction(reaction);
    }
  }

  /** Reads messages, ascending; the newest where neither bound is given; both are exclusive. */
  @JsonTypeName("chat:history")
  @ShortForm("chatId")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record GetHistory(
      String chatId, @Nullable Long before, @Nullable Long after, @Nullable Integer limit)
      implements ChatCommand {

    public GetHistory {
      Ids.check("chatId", chatId);
      if (before != null) {
        Checks.notNegative("before", before);
      }
      if (after != null) {
        Checks.notNegative("after", after);
      }
      if (limit != null) {
        Checks.between("limit", limit, 1, Bounds.PAGE);
      }
    }
  }

  /** Lists one's chats, latest first. */
  @JsonTypeName("chat:list")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ListChats(@Nullable String cursor, @Nullable Integer limit) implements ChatCommand {
    public ListChats {
      if (cursor != null) {
        Checks.text("cursor", cursor, 1, Bounds.CURSOR_LENGTH);
      }
      if (limit != null) {
        Checks.between("limit", limit, 1, Bounds.PAGE);
      }
    }
  }

  /** Asks who has read a message. */
  @JsonTypeName("chat:receipts")
  @ShortForm("messageId")
  record GetReceipts(String messageId) implements ChatCommand {
    public GetReceipts {
      messageId = Checks.ownId("messageId", messageId);
    }
  }

  /** Changes a member. */
  @JsonTypeName("chat:member")
  record ChangeMember(String chatId, String userId, MemberAction action) implements ChatCommand {
    public ChangeMember {
      Ids.check("chatId", chatId);
      Ids.check("userId", userId);
      Checks.required("action", action);
    }
  }
}
