package dev.realtime.gateway.socket;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Inbound;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.store.Breaker;
import dev.realtime.gateway.store.Failures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Answers commands that failed with their error, and logs what is not the client's fault. */
@Component
final class Refusals {

  private static final Logger log = LoggerFactory.getLogger(Refusals.class);

  private final Breaker breaker;

  Refusals(Breaker breaker) {
    this.breaker = breaker;
  }

  /** Refuses a command; completes when the error is on its way. */
  Mono<Void> refuse(Connection connection, Inbound.Accepted accepted, Throwable failure) {
    GatewayException why = refusal(connection, accepted, failure);
    return accepted.command() instanceof SessionCommand.Authenticate && isAboutToken(why)
        ? TokenRefusal.end(connection, accepted, why)
        : connection.refuse(accepted, why);
  }

  private static boolean isAboutToken(GatewayException why) {
    return why.code() == ErrorCode.UNAUTHORIZED || why.code() == ErrorCode.TOKEN_EXPIRED;
  }

  private GatewayException refusal(
      Connection connection, Inbound.Accepted accepted, Throwable failure) {
    return switch (failure) {
      case GatewayException refusal -> refusal;
      default -> {
        GatewayException unavailable = Failures.refusal(failure);
        if (unavailable != null) {
          // The breaker logs an outage, once for all commands.
          if (!breaker.isOpen()) {
            log.warn(
                "{} of connection {}: {}", accepted.event(), connection.id(), failure.toString());
          }
          yield unavailable;
        }
        log.error("{} of connection {} failed", accepted.event(), connection.id(), failure);
        yield GatewayException.of(ErrorCode.INTERNAL);
      }
    };
  }
}
