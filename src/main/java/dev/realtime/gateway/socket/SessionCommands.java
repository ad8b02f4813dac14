package dev.realtime.gateway.socket;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.rooms.ChatResume;
import dev.realtime.gateway.live.LiveResume;
import dev.realtime.gateway.notification.NotificationResume;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionReply;
import dev.realtime.gateway.security.Caller;
import dev.realtime.gateway.security.TokenVerifier;
import dev.realtime.gateway.session.Answer;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.SessionHandler;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Commands about the connection itself; a resume is carried out by the features it names. */
@Component
final class SessionCommands {

  private final TokenVerifier tokens;
  private final SessionHandler sessions;
  private final ChatResume chats;
  private final LiveResume live;
  private final NotificationResume notifications;
  private final Clock clock;

  SessionCommands(
      TokenVerifier tokens,
      SessionHandler sessions,
      ChatResume chats,
      LiveResume live,
      NotificationResume notifications,
      Clock clock) {
    this.tokens = tokens;
    this.sessions = sessions;
    this.chats = chats;
    this.live = live;
    this.notifications = notifications;
    this.clock = clock;
  }

  Mono<Answer> handle(Connection connection, SessionCommand command) {
    return switch (command) {
      case SessionCommand.Authenticate authenticate -> authenticate(connection, authenticate);
      case SessionCommand.Resume resume -> Mono.just(resume(connection, resume));
      case SessionCommand.Ping _ -> Mono.just(Answer.of(new SessionReply.Pong(clock.instant())));
    };
  }

  private Mono<Answer> authenticate(Connection connection, SessionCommand.Authenticate command) {
    if (connection.isAuthenticated()) {
      return Mono.error(
          GatewayException.of(ErrorCode.CONFLICT, "This connection is authenticated."));
    }
    return Mono.fromSupplier(() -> verify(command.token()))
        .flatMap(caller ->
            sessions.authenticate(connection, caller, command.deviceId(), command.client()))
        .map(Answer::of);
  }

  private Caller verify(String token) {
    return UpgradeFilter.socketCaller(tokens.verify(token));
  }

  /** In its turn among joins and leaves: what is answered is how things stand. */
  private Answer resume(Connection connection, SessionCommand.Resume resume) {
    return Answer.inTurn(
        RoomId.Kind.CHAT,
        Mono.just(Answer.inTurn(RoomId.Kind.LIVE, resumeNow(connection, resume))));
  }

  private Mono<Answer> resumeNow(Connection connection, SessionCommand.Resume resume) {
    return sessions
        .currentEpoch()
        .flatMap(epoch -> {
          boolean sameEpoch = resume.epoch() == null || resume.epoch().equals(epoch);
          return chats
              .prepare(connection, resume.positions(), sameEpoch)
              .zipWhen(_ ->
                  notifications
                      .prepare(connection, resume.notificationsAfter(), sameEpoch)
                      // Chats have been entered, and wait for what would never come.
                      .doOnError(_ -> connection.close(CloseCode.SERVER_ERROR)))
              // Last: from here to its end nothing fails, and notifications wait.
              .flatMap(prepared ->
                  streams(connection, resume)
                      .map(joined ->
                          answer(prepared.getT1(), joined.orElse(null), prepared.getT2())));
        });
  }

  private Mono<Optional<LiveResume.Prepared>> streams(
      Connection connection, SessionCommand.Resume resume) {
    List<String> named = resume.streams();
    return named == null
        ? Mono.just(Optional.empty())
        : live.prepare(connection, named).map(Optional::of);
  }

  private static Answer answer(
      ChatResume.Prepared joined,
      LiveResume.@Nullable Prepared streams,
      NotificationResume.Prepared missed) {
    return Answer.whenSent(() ->
            new SessionReply.Resumed(
                joined.chats().get(),
                streams == null ? null : streams.streams().get(),
                missed.reply()))
        .then(
            missed
                .follow()
                .then(joined.follow())
                .then(streams == null ? Mono.empty() : streams.follow()));
  }
}
