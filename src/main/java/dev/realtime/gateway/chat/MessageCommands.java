package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatReply;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.session.Connection;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Sending and changing messages, and marking how far one has come. */
@Component
final class MessageCommands {

  private final ChatMessages messages;
  private final MessageChanges changes;
  private final Marks marks;

  MessageCommands(ChatMessages messages, MessageChanges changes, Marks marks) {
    this.messages = messages;
    this.changes = changes;
    this.marks = marks;
  }

  Mono<Void> send(Connection connection, @Nullable String id, ChatCommand.SendMessage command) {
    return messages
        .send(connection.userId(), command, false)
        .flatMap(sent -> answer(connection, id, sent));
  }

  /** Who sent a duplicate without an id gets the stored message instead of an ack. */
  private Mono<Void> answer(Connection connection, @Nullable String id, ChatMessages.Sent sent) {
    Message message = sent.message();
    if (id == null && sent.duplicate()) {
      return messages
          .stored(message.id())
          .doOnNext(stored -> connection.push(stored.asReplayed()))
          .then();
    }
    return connection.reply(
        id,
        new ChatReply.Accepted(
            message.id(),
            message.chatId(),
            message.seq(),
            message.rev(),
            message.createdAt(),
            message.tempId(),
            sent.duplicate()));
  }

  Mono<Void> edit(Connection connection, @Nullable String id, ChatCommand.EditMessage command) {
    return changes
        .edit(connection.userId(), command)
        .flatMap(message -> connection.reply(id, message));
  }

  Mono<Void> delete(Connection connection, @Nullable String id, ChatCommand.DeleteMessage command) {
    return changes
        .delete(connection.userId(), command.messageId())
        .flatMap(_ -> connection.reply(id, Reply.Done.DONE));
  }

  Mono<Void> react(Connection connection, @Nullable String id, ChatCommand.React command) {
    return changes
        .react(connection.userId(), command)
        .flatMap(count -> connection.reply(id, new ChatReply.ReactionCount(count)));
  }

  Mono<Void> delivered(
      Connection connection, @Nullable String id, ChatCommand.MarkDelivered command) {
    return marks
        .advance(command.chatId(), connection.userId(), command.messageId(), false)
        .flatMap(now -> connection.reply(id, new ChatReply.Delivered(now.deliveredSeq())));
  }

  Mono<Void> read(Connection connection, @Nullable String id, ChatCommand.MarkRead command) {
    return marks
        .advance(command.chatId(), connection.userId(), command.messageId(), true)
        .flatMap(now -> connection.reply(id, new ChatReply.Read(now.readSeq(), now.unread())));
  }
}
