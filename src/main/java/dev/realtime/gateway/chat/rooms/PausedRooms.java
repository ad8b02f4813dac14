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
 * Places in rooms that a connection is about to enter anew. They are held: no lasting change comes
 * through until {@link #take} takes a place over, or {@link #goOn} lets the others go on.
 */
final class PausedRooms {

  private final Connection connection;
  private final Map<String, CatchUp> held;

  /** Places that ended within a replay; a newer place in the same room may follow each. */
  private final List<Place> superseded;

  PausedRooms(Connection connection, Map<String, CatchUp> held, List<Place> superseded) {
    this.connection = connection;
    this.held = new ConcurrentHashMap<>(held);
    this.superseded = superseded;
  }

  /** Takes over the held place in a chat's room; null if there is none. */
  @Nullable CatchUp take(String chatId) {
    return held.remove(chatId);
  }

  /** Lets the places that nobody took over go on from where they were held. */
  Mono<Void> goOn() {
    superseded.forEach(connection.rooms()::leave);
    List<CatchUp> left = List.copyOf(held.values());
    held.clear();
    return Flux.fromIterable(left).concatMap(catchUp -> goOn(connection, catchUp)).then();
  }

  /** Restores the places after a failure; a connection that cannot have one back is closed. */
  <T> Mono<T> giveUp(Throwable failure) {
    boolean putOut =
        failure instanceof GatewayException refusal && refusal.code() == ErrorCode.FORBIDDEN;
    if (!superseded.isEmpty() && !putOut) {
      connection.close(CloseCode.SERVER_ERROR);
    }
    return goOn().then(Mono.error(failure));
  }

  /** Lets one place go on from where it was held. */
  static Mono<Void> goOn(Connection connection, CatchUp catchUp) {
    return connection.promised("changes of " + catchUp.place().roomId(), catchUp.run());
  }
}
