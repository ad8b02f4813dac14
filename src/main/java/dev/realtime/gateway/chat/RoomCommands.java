package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.session.Connection;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Joining, leaving and typing: what concerns a connection in the room of a chat. */
@Component
final class RoomCommands {

  /** How often a join begins anew when it is overtaken. */
  private static final int ATTEMPTS = 3;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

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
   * between, nothing comes twice. One who is in the room already is given everything up to that
   * state before it is told.
   */
  Mono<Void> join(Connection connection, @Nullable String id, ChatCommand.JoinChat command) {
    return rooms.inTurn(
        connection, Mono.defer(() -> join(connection, id, command, ATTEMPTS)).then());
  }

  private record Entered(Place place, ChatState state, @Nullable Position from) {}

  /** Begins anew where something newer than the state ended the place before it could be told. */
  private Mono<Boolean> join(
      Connection connection, @Nullable String id, ChatCommand.JoinChat command, int attempts) {
    if (attempts == 0) {
      giveUp(connection, RoomId.chat(command.chatId()));
      return Mono.error(GatewayException.unavailable(RETRY_AFTER));
    }
    return rooms
        .pause(connection, List.of(command.chatId()))
        .flatMap(paused -> enter(connection, command, paused).onErrorResume(paused::giveUp))
        .flatMap(entered -> goLive(connection, id, entered))
        .switchIfEmpty(Mono.defer(() -> join(connection, id, command, attempts - 1)));
  }

  private Mono<Entered> enter(
      Connection connection, ChatCommand.JoinChat command, PausedRooms paused) {
    return state(connection, command.chatId())
        .flatMap(state ->
            resume
                .recoverable(state, command.since())
                .singleOptional()
                .flatMap(from ->
                    rooms
                        .enter(connection, state, paused)
                        .map(place -> new Entered(place, state, from.orElse(null)))));
  }

  private static void giveUp(Connection connection, RoomId room) {
    connection.leave(room);
    connection.forget(room);
  }

  private Mono<ChatState> state(Connection connection, String chatId) {
    return chats
        .state(connection.userId(), chatId)
        .switchIfEmpty(
            Mono.error(() -> GatewayException.of(ErrorCode.FORBIDDEN, "You are not a member.")));
  }

  /** Empty if the place ended before the client could be told of it. */
  private Mono<Boolean> goLive(Connection connection, @Nullable String id, Entered entered) {
    return tell(connection, id, entered.place(), entered.state())
        .filter(told -> told)
        .delayUntil(_ ->
            rooms.replay(
                rooms.prepareReplay(connection, entered.place(), entered.state(), entered.from())));
  }

  /** With an id the ack has told the state, and the push is short. */
  private static Mono<Boolean> tell(
      Connection connection, @Nullable String id, Place place, ChatState state) {
    return connection.tellEntered(
        place, id, state, id == null ? state : ChatState.joined(state.chatId(), state.lastSeq()));
  }

  Mono<Void> leave(Connection connection, @Nullable String id, ChatCommand.LeaveChat command) {
    return rooms.inTurn(
        connection,
        Mono.defer(() -> {
          typing.end(command.chatId(), connection.userId());
          return connection.leave(RoomId.chat(command.chatId()), id, Reply.Done.DONE);
        }));
  }

  Mono<Void> type(Connection connection, @Nullable String id, ChatCommand.SetTyping command) {
    if (!connection.isIn(RoomId.chat(command.chatId()))) {
      return Mono.error(GatewayException.of(ErrorCode.FORBIDDEN, "Join the chat first."));
    }
    typing.set(connection, command.chatId(), command.isTyping());
    return connection.reply(id, Reply.Done.DONE);
  }
}
