package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.session.CatchUp;
import dev.realtime.gateway.session.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Rooms that a connection is in and is about to enter anew: no lasting change comes through until
 * each place is taken over by {@link #take}, or {@link #goOn} lets the others go on.
 */
final class PausedRooms {

  private final Connection connection;
  private final Map<String, CatchUp> held;

  /** Places that have ended within a replay, each in favour of one that may follow. */
  private final List<Place> superseded;

  PausedRooms(Connection connection, Map<String, CatchUp> held, List<Place> superseded) {
    this.connection = connection;
    this.held = new ConcurrentHashMap<>(held);
    this.superseded = superseded;
  }

  /** The way on from what a chat's place has been given; null if there is no such place. */
  @Nullable CatchUp take(String chatId) {
    return held.remove(chatId);
  }

  /** Lets places that nobody has taken over go on from where they were held. */
  Mono<Void> goOn() {
    superseded.forEach(connection.rooms()::leave);
    List<CatchUp> left = List.copyOf(held.values());
    held.clear();
    return Flux.fromIterable(left).concatMap(catchUp -> goOn(connection, catchUp)).then();
  }

  /** As nothing has come of entering: who was in a room is in it as before, or connects again. */
  <T> Mono<T> giveUp(Throwable failure) {
    boolean putOut =
        failure instanceof GatewayException refusal && refusal.code() == ErrorCode.FORBIDDEN;
    if (!superseded.isEmpty() && !putOut) {
      connection.close(CloseCode.SERVER_ERROR);
    }
    return goOn().then(Mono.error(failure));
  }

  /** Lets one place go on. */
  static Mono<Void> goOn(Connection connection, CatchUp catchUp) {
    return connection.promised("changes of " + catchUp.place().roomId(), catchUp.run());
  }
}
