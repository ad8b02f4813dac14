package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.chat.ChatMessages;
import dev.realtime.gateway.chat.Marks;
import dev.realtime.gateway.chat.changes.MessageChanges;
import dev.realtime.gateway.chat.changes.MessageReactions;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatReply;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.session.Answer;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Handles the message commands of connections: sending and changing messages, and moving markers.
 */
@Component
final class MessageHandler {

  private final ChatMessages messages;
  private final MessageChanges changes;
  private final MessageReactions reactions;
  private final Marks marks;

  MessageHandler(
      ChatMessages messages, MessageChanges changes, MessageReactions reactions, Marks marks) {
    this.messages = messages;
    this.changes = changes;
    this.reactions = reactions;
    this.marks = marks;
  }

  Mono<Answer> handle(String userId, ChatCommand.MessageCommand command) {
    return switch (command) {
      case ChatCommand.SendMessage send -> messages.send(userId, send).map(this::accepted);
      case ChatCommand.EditMessage edit -> changes.edit(userId, edit).map(Answer::of);
      case ChatCommand.DeleteMessage delete ->
          changes.delete(userId, delete.messageId()).map(_ -> Answer.done());
      case ChatCommand.React react ->
          reactions
              .react(userId, react)
              .map(count -> Answer.of(new ChatReply.ReactionCount(count)));
      case ChatCommand.MarkDelivered mark ->
          marks
              .delivered(mark.chatId(), userId, mark.messageId())
              .map(now -> Answer.of(new ChatReply.Delivered(now.deliveredSeq())));
      case ChatCommand.MarkRead mark ->
          marks
              .read(mark.chatId(), userId, mark.messageId())
              .map(now -> Answer.of(new ChatReply.Read(now.readSeq(), now.unread())));
    };
  }

  /**
   * Builds the answer. The sender of a duplicate without an id gets the stored message as a push,
   * in place of an ack.
   */
  private Answer accepted(ChatMessages.Sent sent) {
    Message message = sent.message();
    Answer.Telling accepted =
        Answer.of(
            new ChatReply.Accepted(
                message.id(),
                message.chatId(),
                message.seq(),
                message.rev(),
                message.createdAt(),
                message.tempId(),
                sent.duplicate()));
    return sent.duplicate()
        ? accepted.orPush(messages.stored(message.id()).map(Message::asReplayed))
        : accepted;
  }
}
