package dev.realtime.gateway.session;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionReply;
import dev.realtime.gateway.security.Caller;
import dev.realtime.gateway.security.TokenVerifier;
import java.time.Clock;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Handles the commands about the connection itself; section 3 of the protocol. */
@Component
public final class SessionHandler {

  private final TokenVerifier tokens;
  private final Welcoming welcoming;
  private final Resumes resumes;
  private final Clock clock;

  SessionHandler(TokenVerifier tokens, Welcoming welcoming, Resumes resumes, Clock clock) {
    this.tokens = tokens;
    this.welcoming = welcoming;
    this.resumes = resumes;
    this.clock = clock;
  }

  /** Carries out a command; a refusal fails the result. */
  public Mono<? extends Answer> handle(Connection connection, SessionCommand command) {
    return switch (command) {
      case SessionCommand.Authenticate authenticate -> authenticate(connection, authenticate);
      case SessionCommand.Resume resume -> resumes.resume(connection, resume);
      case SessionCommand.Ping _ -> Mono.just(Answer.of(new SessionReply.Pong(clock.instant())));
    };
  }

  private Mono<Answer> authenticate(Connection connection, SessionCommand.Authenticate command) {
    if (connection.isAuthenticated()) {
      return Mono.error(
          GatewayException.of(ErrorCode.CONFLICT, "This connection is already authenticated."));
    }
    return Mono.fromSupplier(() -> tokens.verifyPerson(command.token()))
        .flatMap(
            caller -> welcoming.welcome(connection, caller, command.deviceId(), command.client()))
        .map(Answer::of);
  }

  /** Welcomes the caller that the upgrade of a connection has authenticated. */
  public Mono<Void> welcome(Connection connection, Caller caller) {
    return welcoming.welcome(connection, caller, null, null).then();
  }
}
