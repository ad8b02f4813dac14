package dev.realtime.gateway.session;

import com.github.benmanes.caffeine.cache.Interner;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionEvent;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.security.Caller;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** From an open socket to a welcomed caller, and to the end of the token. */
@Component
public final class SessionHandler {

  /** How long before the token's end the client is told. */
  private static final Duration EXPIRY_NOTICE = Duration.ofSeconds(60);

  private final ConnectionRegistry connections;
  private final RoomRegistry rooms;
  private final ConnectionTimer timer;
  private final Epoch epoch;
  private final GatewayProperties properties;
  private final Clock clock;

  /** Thousands of connections are of the same few programs. */
  private final Interner<SessionCommand.Client> clients = Interner.newWeakInterner();

  SessionHandler(
      ConnectionRegistry connections,
      RoomRegistry rooms,
      ConnectionTimer timer,
      Epoch epoch,
      GatewayProperties properties,
      Clock clock) {
    this.connections = connections;
    this.rooms = rooms;
    this.timer = timer;
    this.epoch = epoch;
    this.properties = properties;
    this.clock = clock;
  }

  /**
   * Makes the connection the caller's: its user's room is subscribed, then the welcome sent.
   *
   * @param deviceId as the client names it; null keeps what the upgrade said
   * @param client what program it is; null where it does not say
   * @return the welcome's data; fails with {@code conflict} when already authenticated
   */
  public Mono<SessionEvent.Welcome> authenticate(
      Connection connection,
      Caller caller,
      @Nullable String deviceId,
      SessionCommand.@Nullable Client client) {
    if (connection.isAuthenticated()) {
      return Mono.error(
          GatewayException.of(ErrorCode.CONFLICT, "This connection is authenticated."));
    }
    if (connection.isClosing()) {
      return Mono.empty();
    }
    connection.authenticated(caller, deviceId, client == null ? null : clients.intern(client));
    if (!connections.admit(connection)) {
      connection.close(CloseCode.TOO_MANY_CONNECTIONS);
      return Mono.empty();
    }
    // One after the other: operators that combine cancel the one when the other fails.
    return epoch
        .current()
        .flatMap(current -> enterOwnRoom(connection, caller, current))
        .doOnError(_ -> connection.close(CloseCode.SERVER_ERROR));
  }

  /** From its first moment the place is the connection's, which leaves it when it ends. */
  private Mono<SessionEvent.Welcome> enterOwnRoom(
      Connection connection, Caller caller, String currentEpoch) {
    return rooms
        .enter(RoomId.user(caller.userId()), connection)
        .filter(connection.rooms()::entered)
        .flatMap(ownRoom ->
            ownRoom
                .position()
                .flatMap(position -> welcome(connection, caller, ownRoom, position, currentEpoch)));
  }

  private Mono<SessionEvent.Welcome> welcome(
      Connection connection, Caller caller, Place ownRoom, long position, String currentEpoch) {
    SessionEvent.Welcome welcome = welcomeOf(connection, caller, currentEpoch);
    connection.push(welcome);
    return goLive(connection, ownRoom, position)
        .then(
            Mono.fromSupplier(() -> {
              connections.opened(connection);
              watchExpiry(connection, caller.expiresAt());
              return welcome;
            }));
  }

  /**
   * What lasts is pushed from the position of before the welcome on: nothing after it is missed.
   */
  private Mono<Void> goLive(Connection connection, Place ownRoom, long position) {
    ownRoom.since(position);
    RoomLog log = rooms.log(RoomId.Kind.USER);
    return log == null
        ? ownRoom.goLive(position).then()
        : new CatchUp(log, connection, ownRoom, position).run();
  }

  private SessionEvent.Welcome welcomeOf(
      Connection connection, Caller caller, String currentEpoch) {
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
            limits.replay()));
  }

  /** Names the incarnation of the stored data. */
  public Mono<String> currentEpoch() {
    return epoch.current();
  }

  private void watchExpiry(Connection connection, Instant expiresAt) {
    Duration left = Duration.between(clock.instant(), expiresAt);
    Duration untilNotice = left.minus(EXPIRY_NOTICE);
    if (untilNotice.isPositive()) {
      connection.liveness().deadline(timer.after(untilNotice, () -> notifyExpiry(connection, expiresAt)));
    } else {
      notifyExpiry(connection, expiresAt);
    }
  }

  private void notifyExpiry(Connection connection, Instant expiresAt) {
    if (connection.isClosing()) {
      return;
    }
    connection.push(new SessionEvent.Expiring(expiresAt));
    Duration left = Duration.between(clock.instant(), expiresAt);
    connection.liveness().deadline(
        timer.after(
            left.isPositive() ? left : Duration.ZERO,
            () -> connection.close(CloseCode.TOKEN_EXPIRED)));
  }
}
