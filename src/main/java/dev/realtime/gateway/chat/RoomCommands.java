package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.room.Membership;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.session.Connection;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Joining, leaving and typing: what concerns a connection in the room of a chat. */
@Component
final class RoomCommands {

  private final ChatRooms rooms;
  private final ChatRepository chats;
  private final ChatResume resume;
  private final Typing typing;

  RoomCommands(ChatRooms rooms, ChatRepository chats, ChatResume resume, Typing typing) {
    this.rooms = rooms;
    this.chats = chats;
    this.resume = resume;
    this.typing = typing;
  }

  /**
   * The state is read first, which also tells whether the user may. What changes between then and
   * the place in the room is read from the log before the connection goes live: nothing falls
   * between, nothing comes twice.
   */
  Mono<Void> join(Connection connection, @Nullable String id, ChatCommand.JoinChat command) {
    boolean joined = connection.isIn(RoomId.chat(command.chatId()));
    return state(connection, command.chatId())
        .flatMap(state ->
            joined && command.since() == null
                ? tell(connection, id, state)
                : resume
                    .recoverable(state, command.since())
                    .singleOptional()
                    .flatMap(from -> enter(connection, id, state, from.orElse(null))));
  }

  private Mono<Void> enter(
      Connection connection, @Nullable String id, ChatState state, @Nullable Position from) {
    return rooms
        .enter(connection, state.chatId())
        .flatMap(place -> goLive(connection, id, from, place, state));
  }

  private Mono<ChatState> state(Connection connection, String chatId) {
    return chats
        .state(connection.userId(), chatId)
        .switchIfEmpty(
            Mono.error(() -> GatewayException.of(ErrorCode.FORBIDDEN, "You are not a member.")));
  }

  private Mono<Void> goLive(
      Connection connection,
      @Nullable String id,
      @Nullable Position from,
      Membership place,
      ChatState state) {
    return tell(connection, id, state)
        .then(rooms.replay(rooms.prepareReplay(connection, place, state, from)));
  }

  /** With an id the ack has told the state, and the push is short. */
  private static Mono<Void> tell(Connection connection, @Nullable String id, ChatState state) {
    return connection
        .reply(id, state)
        .then(
            Mono.fromRunnable(() ->
                connection.push(
                    id == null ? state : ChatState.joined(state.chatId(), state.lastSeq()))));
  }

  Mono<Void> leave(Connection connection, @Nullable String id, ChatCommand.LeaveChat command) {
    connection.leave(RoomId.chat(command.chatId()));
    typing.end(command.chatId(), connection.userId());
    return connection.reply(id, Reply.Done.DONE);
  }

  Mono<Void> type(Connection connection, @Nullable String id, ChatCommand.SetTyping command) {
    if (!connection.isIn(RoomId.chat(command.chatId()))) {
      return Mono.error(GatewayException.of(ErrorCode.FORBIDDEN, "Join the chat first."));
    }
    typing.set(connection, command.chatId(), command.isTyping());
    return connection.reply(id, Reply.Done.DONE);
  }
}
