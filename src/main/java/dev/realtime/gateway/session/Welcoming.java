package dev.realtime.gateway.session;

import com.github.benmanes.caffeine.cache.Interner;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionEvent;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.security.Caller;
import dev.realtime.gateway.work.ConnectionTimer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Assigns an open connection to its caller: counts it, enters the user's own room, welcomes the
 * client, and closes the connection when the token expires.
 */
@Component
final class Welcoming {

  /** Time between the notice of expiry and the token's expiry. */
  private static final Duration EXPIRY_NOTICE = Duration.ofSeconds(60);

  private final ConnectionRegistry connections;
  private final RoomRegistry rooms;
  private final Greeting greeting;
  private final ConnectionTimer timer;
  private final Clock clock;

  /** Interned, because thousands of connections come from the same few programs. */
  private final Interner<SessionCommand.Client> clients = Interner.newWeakInterner();

  Welcoming(
      ConnectionRegistry connections,
      RoomRegistry rooms,
      Greeting greeting,
      ConnectionTimer timer,
      Clock clock) {
    this.connections = connections;
    this.rooms = rooms;
    this.greeting = greeting;
    this.timer = timer;
    this.clock = clock;
  }

  /**
   * Welcomes a caller on a connection that is not authenticated yet.
   *
   * @param deviceId the device id that the client named; null keeps that of the upgrade
   * @param client the client's program; null if it named none
   * @return the welcome's data; empty if the connection is closed instead
   */
  Mono<SessionEvent.Welcome> welcome(
      Connection connection,
      Caller caller,
      @Nullable String deviceId,
      SessionCommand.@Nullable Client client) {
    if (connection.isClosing()) {
      return Mono.empty();
    }
    connection.authenticated(caller, deviceId, client == null ? null : clients.intern(client));
    if (!connections.admit(connection)) {
      return Mono.empty();
    }
    return enterOwnRoom(connection, caller)
        .flatMap(ownRoom -> welcome(connection, caller, ownRoom))
        .doOnNext(_ -> {
          connections.opened(connection);
          watchExpiry(connection, caller.expiresAt());
        })
        .doOnError(_ -> connection.close(CloseCode.SERVER_ERROR));
  }

  /**
   * Enters the user's own room; the connection owns the place at once and leaves it when it ends.
   */
  private Mono<Place> enterOwnRoom(Connection connection, Caller caller) {
    return rooms
        .enter(RoomId.user(caller.userId()), connection)
        .filter(connection.rooms()::entered);
  }

  private Mono<SessionEvent.Welcome> welcome(Connection connection, Caller caller, Place ownRoom) {
    return ownRoom
        .position()
        .singleOptional()
        .flatMap(position ->
            greeting
                .of(connection, caller)
                // A frame of the room would overtake a welcome that only waits for its turn.
                .delayUntil(connection::pushed)
                .delayUntil(_ -> goLive(connection, ownRoom, position)));
  }

  /**
   * Goes live from a rev read before the welcome, so that the client misses no later change. If the
   * rev is unknown, the client receives what does not last at once, and the rest later.
   */
  private Mono<Void> goLive(Connection connection, Place ownRoom, Optional<Long> position) {
    return position.isPresent()
        ? goLive(connection, ownRoom, position.get())
        : Mono.fromRunnable(() -> ownRoom.goLiveOnceOpen(() -> connections.wentLive(connection)));
  }

  private Mono<Void> goLive(Connection connection, Place ownRoom, long position) {
    ownRoom.since(position);
    RoomLog log = rooms.log(RoomId.Kind.USER);
    return log == null
        ? ownRoom.goLive(position).then()
        : new CatchUp(log, connection, ownRoom, position).run();
  }

  private void watchExpiry(Connection connection, Instant expiresAt) {
    Duration untilNotice = Duration.between(clock.instant(), expiresAt).minus(EXPIRY_NOTICE);
    if (untilNotice.isPositive()) {
      connection
          .liveness()
          .deadline(timer.after(untilNotice, () -> notifyExpiry(connection, expiresAt)));
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
    Duration wait = left.isPositive() ? left : Duration.ZERO;
    connection
        .liveness()
        .deadline(timer.after(wait, () -> connection.close(CloseCode.TOKEN_EXPIRED)));
  }
}
