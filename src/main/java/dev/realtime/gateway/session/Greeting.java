package dev.realtime.gateway.session;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.SessionEvent;
import dev.realtime.gateway.security.Caller;
import java.time.Clock;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Builds the {@code session:welcome} that describes the connection and the gateway to the client.
 */
@Component
final class Greeting {

  private final Epoch epoch;
  private final GatewayProperties properties;
  private final Clock clock;

  Greeting(Epoch epoch, GatewayProperties properties, Clock clock) {
    this.epoch = epoch;
    this.properties = properties;
    this.clock = clock;
  }

  /** Returns the welcome for a caller's connection; fails if the epoch cannot be read. */
  Mono<SessionEvent.Welcome> of(Connection connection, Caller caller) {
    return epoch.current().map(current -> welcome(connection, caller, current));
  }

  private SessionEvent.Welcome welcome(Connection connection, Caller caller, String currentEpoch) {
    GatewayProperties.Limits limits = properties.limits();
    return new SessionEvent.Welcome(
        connection.id(),
        caller.userId(),
        connection.deviceId(),
        caller.expiresAt(),
        properties.session().heartbeat().toMillis(),
        clock.instant(),
        currentEpoch,
        new SessionEvent.Limits(
            limits.frameBytes(),
            Bounds.CONTENT_LENGTH,
            limits.roomsPerConnection(),
            limits.replay(),
            Bounds.PAGE_BYTES));
  }
}
