package dev.realtime.gateway.socket;

import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Inbound;
import dev.realtime.gateway.session.Connection;
import reactor.core.publisher.Mono;

/** Ends connections whose token is refused once the socket is open. */
final class TokenRefusal {

  static final String AUTHENTICATE = "session:auth";

  private TokenRefusal() {}

  /** Ends a connection whose upgrade brought the token. Completes when the error is on its way. */
  static Mono<Void> end(Connection connection, GatewayException why) {
    return end(connection, new Inbound.Refused(null, AUTHENTICATE, null, why, false), why);
  }

  /** Answers with the error, then ends the connection; an expired token has a code of its own. */
  static Mono<Void> end(Connection connection, Inbound inbound, GatewayException why) {
    CloseCode code =
        why.code() == ErrorCode.TOKEN_EXPIRED ? CloseCode.TOKEN_EXPIRED : CloseCode.UNAUTHORIZED;
    return connection.refuse(inbound, why).then(Mono.fromRunnable(() -> connection.close(code)));
  }
}
