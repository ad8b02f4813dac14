package dev.realtime.gateway.socket;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.rooms.ChatHandler;
import dev.realtime.gateway.live.rooms.LiveHandler;
import dev.realtime.gateway.notification.NotificationHandler;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.Command;
import dev.realtime.gateway.protocol.Inbound;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.NotificationCommand;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.session.Answer;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.SessionHandler;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Dispatches each command to its handler, and sends the answer to the client. */
@Component
final class CommandDispatcher {

  private final SessionHandler session;
  private final ChatHandler chat;
  private final LiveHandler live;
  private final NotificationHandler notifications;

  CommandDispatcher(
      SessionHandler session,
      ChatHandler chat,
      LiveHandler live,
      NotificationHandler notifications) {
    this.session = session;
    this.chat = chat;
    this.live = live;
    this.notifications = notifications;
  }

  /**
   * Carries out a command. Completes when it is answered, and fails with what refuses it. A command
   * whose connection is gone before it begins is dropped: its client cannot have heard of it, and
   * sends it again.
   */
  Mono<Void> carryOut(Connection connection, Inbound.Accepted accepted) {
    return Mono.defer(() -> begin(connection, accepted.command()))
        .flatMap(answer -> send(connection, accepted.id(), answer));
  }

  private Mono<? extends Answer> begin(Connection connection, Command command) {
    return connection.isClosing() ? Mono.empty() : dispatch(connection, command);
  }

  private Mono<? extends Answer> dispatch(Connection connection, Command command) {
    return switch (command) {
      case SessionCommand of -> session.handle(connection, of);
      case LiveCommand of -> live.handle(connection, of);
      case NotificationCommand of -> notifications.handle(connection, of);
      case ChatCommand of -> chat.handle(connection, of);
    };
  }

  private static Mono<Void> send(Connection connection, @Nullable String id, Answer answer) {
    return switch (answer) {
      case Answer.InTurn(RoomId.Kind rooms, var work) ->
          connection.inTurn(rooms, work.flatMap(found -> send(connection, id, found)));
      case Answer.Telling telling ->
          connection
              .answer(id, telling)
              .doOnError(_ -> endIfPromised(connection, telling))
              .flatMap(told ->
                  told
                      ? follow(connection, telling.follow())
                      : telling.otherwise().flatMap(other -> send(connection, id, other)));
    };
  }

  private static Mono<Void> follow(Connection connection, @Nullable Mono<Void> follow) {
    return follow == null ? Mono.empty() : connection.promised("what follows an answer", follow);
  }

  /** Closes a connection whose places wait for what was going to follow the answer. */
  private static void endIfPromised(Connection connection, Answer.Telling telling) {
    if (telling.follow() != null) {
      connection.close(CloseCode.SERVER_ERROR);
    }
  }
}
