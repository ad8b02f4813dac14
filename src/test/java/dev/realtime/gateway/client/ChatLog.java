package dev.realtime.gateway.client;

import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatEvent.ChatUpdated;
import dev.realtime.gateway.protocol.ChatEvent.DeliveredUpTo;
import dev.realtime.gateway.protocol.ChatEvent.MemberChanged;
import dev.realtime.gateway.protocol.ChatEvent.MessageChanged;
import dev.realtime.gateway.protocol.ChatEvent.MessageDeleted;
import dev.realtime.gateway.protocol.ChatEvent.MessageEdited;
import dev.realtime.gateway.protocol.ChatEvent.Reacted;
import dev.realtime.gateway.protocol.ChatEvent.ReadUpTo;
import dev.realtime.gateway.protocol.ChatEvent.ReplayEnded;
import dev.realtime.gateway.protocol.ChatEvent.Typing;
import dev.realtime.gateway.protocol.ChatEvent.UnreadChanged;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Member;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.WireJson;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Follows one chat from what a connection receives, as an app would, and over several connections:
 * {@code client.listen(log::apply)} on each. Thread-safe.
 *
 * <p>It keeps the position to resume from and the messages seen since, and notes every frame that
 * breaks the promised order. Acks of {@code chat:join}, {@code session:resume} and {@code
 * chat:history} are known by their shape.
 */
public final class ChatLog {

  private static final EnvelopeCodec CODEC = new EnvelopeCodec();

  private final String chatId;
  private final ChatPosition position;
  private final ChatContents contents = new ChatContents();
  private String userId = "";

  private ChatLog(String chatId, @Nullable Position start) {
    this.chatId = chatId;
    this.position = new ChatPosition(start);
  }

  /** Follows a chat from wherever its first join stands. */
  public static ChatLog of(String chatId) {
    return new ChatLog(chatId, null);
  }

  /** Follows a chat from a known position, such as 0 for a join with {@code since: 0}. */
  public static ChatLog from(String chatId, Position start) {
    return new ChatLog(chatId, start);
  }

  /** Takes in a frame; what is not about this chat is ignored. */
  public synchronized void apply(Received frame) {
    if (frame.event().equals("session:welcome")) {
      userId = frame.text("userId");
    } else if (frame.event().equals("ack")) {
      applyAck(frame.data());
    } else if (frame.event().startsWith("chat:") && frame.text("chatId").equals(chatId)) {
      applyPush(frame);
    }
  }

  private void applyAck(JsonNode data) {
    JsonNode resumed = data.path("chats").path(chatId);
    if (resumed.has("outcome")) {
      applyResume(resumed);
    } else if (data.path("chatId").asString("").equals(chatId) && data.has("lastRev")) {
      applyJoin(WireJson.mapper().readValue(data.toString(), ChatState.class));
    } else if (data.has("messages") && data.has("hasMore")) {
      data.get("messages")
          .valueStream()
          .map(message -> WireJson.mapper().readValue(message.toString(), Message.class))
          .filter(message -> message.chatId().equals(chatId))
          .forEach(contents::put);
    }
  }

  private void applyResume(JsonNode resumed) {
    String outcome = resumed.get("outcome").asString();
    if (outcome.equals("recovered")) {
      position.aim(resumed.path("lastSeq").asLong(), resumed.path("lastRev").asLong(), true);
    } else if (outcome.equals("snapshot")) {
      contents.clear();
      position.set(resumed.path("lastSeq").asLong(), resumed.path("lastRev").asLong());
    } else {
      return;
    }
    if (resumed.has("members")) {
      contents.members(
          resumed
              .get("members")
              .valueStream()
              .map(member -> WireJson.mapper().readValue(member.toString(), Member.class))
              .toList());
    }
  }

  private void applyJoin(ChatState joined) {
    Long lastRev = joined.lastRev();
    if (lastRev != null) {
      // Whether a replay follows is known to who sent the command.
      position.aim(joined.lastSeq(), lastRev, false);
    }
    describe(joined);
  }

  private void describe(ChatState joined) {
    contents.title(joined.title());
    if (joined.members() != null) {
      contents.members(joined.members());
    }
  }

  private void applyPush(Received frame) {
    try {
      if (CODEC.decodeEvent(frame.event(), frame.data()) instanceof ChatEvent event) {
        apply(event);
      }
    } catch (GatewayException unreadable) {
      position.violation("unreadable: " + frame.raw());
    }
  }

  private void apply(ChatEvent event) {
    switch (event) {
      case ChatState joined -> applyJoined(joined);
      case Message message -> applyMessage(message);
      case MessageChanged changed -> contents.replace(changed.message());
      case ReplayEnded end -> position.replayEnded(end.seq(), end.rev());
      case MessageEdited edited -> {
        position.change("edit", edited.rev());
        contents.edit(edited);
      }
      case MessageDeleted deleted -> {
        position.change("delete", deleted.rev());
        contents.delete(deleted.seq());
      }
      case Reacted reacted -> {
        position.change("reaction", reacted.rev());
        contents.react(reacted);
      }
      case MemberChanged member -> applyMember(member);
      case ChatUpdated updated -> {
        position.change("updated", updated.rev());
        contents.title(updated.title());
      }
      case Typing typing -> {}
      case DeliveredUpTo delivered -> {}
      case ReadUpTo read -> {}
      case UnreadChanged unread -> {}
    }
  }

  /** What one is told of one's own membership moves no position: it may come without the room. */
  private void applyMember(MemberChanged member) {
    if (member.userId().equals(userId)) {
      position.own(member.rev());
    } else {
      position.change("member", member.rev());
    }
    contents.member(member);
  }

  private void applyJoined(ChatState joined) {
    Long lastRev = joined.lastRev();
    if (joined.outcome() != null && lastRev != null) {
      contents.clear();
      position.skipped(joined.lastSeq(), lastRev);
      describe(joined);
    } else if (lastRev != null) {
      applyJoin(joined);
    }
  }

  private void applyMessage(Message message) {
    if (Boolean.TRUE.equals(message.replayed())) {
      position.replayed(message.seq(), contents.has(message.seq()));
    } else {
      position.change("message " + message.seq(), message.rev());
      position.message(message.seq());
    }
    contents.put(message);
  }

  /** Where to resume from; null before the chat was joined. */
  public synchronized @Nullable Position position() {
    return position.value();
  }

  /** What an app would show; equal for any two that have seen the same chat since the same seq. */
  public synchronized ChatView state() {
    return contents.view();
  }

  /** Every frame that broke the promised order, in words; empty is good. */
  public synchronized List<String> violations() {
    return position.violations();
  }
}
