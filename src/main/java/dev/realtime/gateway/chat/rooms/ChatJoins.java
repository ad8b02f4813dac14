package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.Roster;
import dev.realtime.gateway.chat.Typing;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.session.Answer;
import dev.realtime.gateway.session.Connection;
import java.time.Duration;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Handles joining and leaving the rooms of chats, and typing in them. */
@Component
final class ChatJoins {

  /** The number of attempts of a join that newer changes overtake. */
  private static final int ATTEMPTS = 3;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final ChatRooms rooms;
  private final ChatStates chats;
  private final Typing typing;

  ChatJoins(ChatRooms rooms, ChatStates chats, Typing typing) {
    this.rooms = rooms;
    this.chats = chats;
    this.typing = typing;
  }

  /**
   * Joins a chat. The state is read first, which also checks the membership. Before the connection
   * goes live it reads from the log what changed between that state and its place in the room, so
   * that no change is missed or sent twice. A connection that is already in the room receives every
   * change up to the state before the reply.
   */
  Answer join(Connection connection, ChatCommand.JoinChat command) {
    return Answer.inTurn(RoomId.Kind.CHAT, Mono.defer(() -> join(connection, command, ATTEMPTS)));
  }

  /** Starts over if a newer change ended the place before the reply was sent. */
  private Mono<Answer> join(Connection connection, ChatCommand.JoinChat command, int attempts) {
    if (attempts == 0) {
      giveUp(connection, RoomId.chat(command.chatId()));
      return Mono.error(GatewayException.unavailable(RETRY_AFTER));
    }
    Mono<Answer> again = Mono.defer(() -> join(connection, command, attempts - 1));
    return rooms
        .pause(connection, List.of(command.chatId()))
        .flatMap(paused -> enter(connection, command, paused).onErrorResume(paused::giveUp))
        .<Answer>map(gap -> joined(gap).otherwise(again))
        .switchIfEmpty(again);
  }

  private Mono<Replay.Gap> enter(
      Connection connection, ChatCommand.JoinChat command, PausedRooms paused) {
    Long since = command.since();
    Position from = since == null ? null : new Position(since, null);
    return chats
        .of(connection.userId(), command.chatId(), from)
        .switchIfEmpty(Mono.error(Roster::notAMember))
        .flatMap(seen ->
            rooms
                .enter(connection, seen.state(), paused)
                .map(place ->
                    new Replay.Gap(
                        connection, place, seen.state(), seen.isReplayable() ? from : null, 0)));
  }

  private static void giveUp(Connection connection, RoomId room) {
    connection.rooms().leave(room);
    connection.rooms().forget(room);
  }

  /**
   * Replies with the state and pushes the short form; a command without an id gets the state as its
   * push.
   */
  private Answer.Telling joined(Replay.Gap gap) {
    ChatState state = gap.goal();
    return Answer.whenSent(() -> gap.place().isEnded() ? null : state)
        .andPush(ChatState.joined(state.chatId(), state.lastSeq()), state)
        .then(Mono.defer(() -> rooms.replay(rooms.prepareReplay(gap))));
  }

  /** Leaves a chat; no push of its room follows the reply. */
  Answer leave(Connection connection, ChatCommand.LeaveChat command) {
    return Answer.inTurn(
        RoomId.Kind.CHAT,
        Mono.fromSupplier(() -> {
          typing.end(command.chatId(), connection.userId());
          return Answer.whenSent(() -> {
            connection.rooms().leave(RoomId.chat(command.chatId()));
            return Reply.Done.DONE;
          });
        }));
  }

  Answer type(Connection connection, ChatCommand.SetTyping command) {
    if (!connection.isIn(RoomId.chat(command.chatId()))) {
      throw GatewayException.of(ErrorCode.FORBIDDEN, "Join the chat first.");
    }
    typing.set(connection, command.chatId(), command.isTyping());
    return Answer.done();
  }
}
