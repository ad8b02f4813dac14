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
 * The held places of a connection in rooms that it is about to enter again. No lasting change
 * passes a held place until {@link #take} hands it over or {@link #goOn} resumes it.
 */
final class PausedRooms {

  private final Connection connection;
  private final Map<String, CatchUp> held;

  /** The places that ended during a replay; a newer place in the same room may follow each. */
  private final List<Place> superseded;

  PausedRooms(Connection connection, Map<String, CatchUp> held, List<Place> superseded) {
    this.connection = connection;
    this.held = new ConcurrentHashMap<>(held);
    this.superseded = superseded;
  }

  /** Removes and returns the held place in a chat's room; null if there is none. */
  @Nullable CatchUp take(String chatId) {
    return held.remove(chatId);
  }

  /** Resumes the remaining places from where they were held. */
  Mono<Void> goOn() {
    superseded.forEach(connection.rooms()::leave);
    List<CatchUp> left = List.copyOf(held.values());
    held.clear();
    return Flux.fromIterable(left).concatMap(catchUp -> goOn(connection, catchUp)).then();
  }

  /**
   * Resumes the places after a failure. Superseded places cannot be resumed: if there are any,
   * closes the connection, unless the failure is that the user is not a member.
   */
  <T> Mono<T> giveUp(Throwable failure) {
    boolean putOut =
        failure instanceof GatewayException refusal && refusal.code() == ErrorCode.FORBIDDEN;
    if (!superseded.isEmpty() && !putOut) {
      connection.close(CloseCode.SERVER_ERROR);
    }
    return goOn().then(Mono.error(failure));
  }

  /** Resumes one place from where it was held. */
  static Mono<Void> goOn(Connection connection, CatchUp catchUp) {
    return connection.promised("changes of " + catchUp.place().roomId(), catchUp.run());
  }
}
