package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.chat.ChatMembers;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.session.Answer;
import dev.realtime.gateway.session.Connection;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Handles the chat commands of connections; section 4 of the protocol. */
@Component
public final class ChatHandler {

  private final ChatJoins joins;
  private final MessageHandler messages;
  private final ChatReads reads;
  private final NewChats newChats;
  private final ChatMembers members;

  ChatHandler(
      ChatJoins joins,
      MessageHandler messages,
      ChatReads reads,
      NewChats newChats,
      ChatMembers members) {
    this.joins = joins;
    this.messages = messages;
    this.reads = reads;
    this.newChats = newChats;
    this.members = members;
  }

  /** Executes a command; fails with the error for the reply. */
  public Mono<Answer> handle(Connection connection, ChatCommand command) {
    String userId = connection.userId();
    return switch (command) {
      case ChatCommand.JoinChat join -> Mono.just(joins.join(connection, join));
      case ChatCommand.LeaveChat leave -> Mono.just(joins.leave(connection, leave));
      case ChatCommand.SetTyping typing -> Mono.just(joins.type(connection, typing));
      case ChatCommand.MessageCommand message -> messages.handle(userId, message);
      case ChatCommand.GetHistory history -> reads.history(userId, history).map(Answer::of);
      case ChatCommand.ListChats list -> reads.list(userId, list).map(Answer::of);
      case ChatCommand.GetReceipts receipts -> reads.receipts(userId, receipts).map(Answer::of);
      case ChatCommand.CreateChat create -> newChats.create(userId, create).map(Answer::of);
      case ChatCommand.ChangeMember change ->
          members
              .change(userId, change.chatId(), change.userId(), change.action())
              .thenReturn(Answer.done());
    };
  }
}
