package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands about chats, section 4 of the protocol. */
public sealed interface ChatCommand extends Command {

  /** Commands about messages of chats; the connection need not have joined the chat's room. */
  sealed interface MessageCommand extends ChatCommand {}

  /**
   * Creates a chat and adds the caller, as admin of a group. Two users have at most one direct
   * chat.
   *
   * @param tempId the idempotency key: unique for ever per caller
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

    /**
     * Returns a command without an idempotency key: it creates a new chat each time, unless the
     * chat is direct.
     */
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
   * @param since seq of the last message the client has; the gateway replays what came after
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

  /** Removes this connection from the chat's room; the user stays a member. */
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
   * @param tempId the idempotency key: unique for ever per sender and chat
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

  /** Replaces the body of the caller's own message by one of the same kind, plain or encrypted. */
  @JsonTypeName("chat:edit")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record EditMessage(String messageId, @Nullable String content, @Nullable Encrypted encrypted)
      implements MessageCommand {
    public EditMessage {
      messageId = Checks.ownId("messageId", messageId);
      Checks.body(content, encrypted, false);
    }
  }

  /** Deletes a message; its seq is not reused. */
  @JsonTypeName("chat:delete")
  @ShortForm("messageId")
  record DeleteMessage(String messageId) implements MessageCommand {
    public DeleteMessage {
      messageId = Checks.ownId("messageId", messageId);
    }
  }

  /** Reports that the caller started or stopped typing. */
  @JsonTypeName("chat:typing")
  record SetTyping(String chatId, Boolean isTyping) implements ChatCommand {
    public SetTyping {
      Ids.check("chatId", chatId);
      Checks.required("isTyping", isTyping);
    }
  }

  /** Moves the caller's delivered marker: a device has every message up to this one. */
  @JsonTypeName("chat:delivered")
  record MarkDelivered(String chatId, String messageId) implements MessageCommand {
    public MarkDelivered {
      Ids.check("chatId", chatId);
      messageId = Checks.ownId("messageId", messageId);
    }
  }

  /** Moves the caller's read marker: the caller has read every message up to this one. */
  @JsonTypeName("chat:read")
  record MarkRead(String chatId, String messageId) implements MessageCommand {
    public MarkRead {
      Ids.check("chatId", chatId);
      messageId = Checks.ownId("messageId", messageId);
    }
  }

  /** Adds or removes the caller's reaction; a user has each reaction at most once. */
  @JsonTypeName("chat:reaction")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record React(String messageId, String reaction, @Nullable Boolean remove)
      implements MessageCommand {
    public React {
      messageId = Checks.ownId("messageId", messageId);
      Checks.reaction(reaction);
    }
  }

  /** Reads messages in ascending order, both bounds exclusive; without a bound, the newest ones. */
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

  /** Lists the caller's chats, the latest first. */
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

  /** Reads how many members, and which, have read a message. */
  @JsonTypeName("chat:receipts")
  @ShortForm("messageId")
  record GetReceipts(String messageId) implements ChatCommand {
    public GetReceipts {
      messageId = Checks.ownId("messageId", messageId);
    }
  }

  /** Adds or removes a member, changes a member's role, or mutes the chat for the caller. */
  @JsonTypeName("chat:member")
  record ChangeMember(String chatId, String userId, MemberAction action) implements ChatCommand {
    public ChangeMember {
      Ids.check("chatId", chatId);
      Ids.check("userId", userId);
      Checks.required("action", action);
    }
  }
}
