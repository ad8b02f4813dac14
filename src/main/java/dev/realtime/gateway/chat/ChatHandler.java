package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.session.Connection;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** What a connection may ask of chats; section 4 of the protocol. */
@Component
public final class ChatHandler {

  private final RoomCommands rooms;
  private final MessageCommands messages;
  private final ReadCommands reads;
  private final MemberCommands members;

  ChatHandler(
      RoomCommands rooms, MessageCommands messages, ReadCommands reads, MemberCommands members) {
    this.rooms = rooms;
    this.messages = messages;
    this.reads = reads;
    this.members = members;
  }

  /**
   * Carries out a command and answers it.
   *
   * @param id the command's id; without one it gets no ack
   * @return completes when the answer is on its way; fails with the refusal
   */
  public Mono<Void> handle(Connection connection, @Nullable String id, ChatCommand command) {
    return switch (command) {
      case ChatCommand.JoinChat join -> rooms.join(connection, id, join);
      case ChatCommand.LeaveChat leave -> rooms.leave(connection, id, leave);
      case ChatCommand.SetTyping typing -> rooms.type(connection, id, typing);
      case ChatCommand.SendMessage send -> messages.send(connection, id, send);
      case ChatCommand.EditMessage edit -> messages.edit(connection, id, edit);
      case ChatCommand.DeleteMessage delete -> messages.delete(connection, id, delete);
      case ChatCommand.React react -> messages.react(connection, id, react);
      case ChatCommand.MarkDelivered mark -> messages.delivered(connection, id, mark);
      case ChatCommand.MarkRead mark -> messages.read(connection, id, mark);
      case ChatCommand.GetHistory history -> reads.history(connection, id, history);
      case ChatCommand.ListChats list -> reads.list(connection, id, list);
      case ChatCommand.GetReceipts receipts -> reads.receipts(connection, id, receipts);
      case ChatCommand.CreateChat create -> members.create(connection, id, create);
      case ChatCommand.ChangeMember change -> members.change(connection, id, change);
    };
  }
}
