package dev.realtime.gateway.live;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.room.Membership;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.session.Connection;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Brings connections into the rooms of streams and counts them there. */
@Component
class LiveRooms {

  private final Streams streams;
  private final RoomRegistry rooms;
  private final Viewers viewers;
  private final RecentMessages recent;
  private final Clock clock;
  private final int maxRooms;

  LiveRooms(
      Streams streams,
      RoomRegistry rooms,
      Viewers viewers,
      RecentMessages recent,
      Clock clock,
      GatewayProperties properties) {
    this.streams = streams;
    this.rooms = rooms;
    this.viewers = viewers;
    this.recent = recent;
    this.clock = clock;
    this.maxRooms = properties.limits().roomsPerConnection();
  }

  /** Fails with {@code not_found}, {@code banned}, {@code too_many_rooms}. */
  Mono<Void> join(Connection connection, @Nullable String id, String streamId) {
    return enter(connection, streamId)
        .flatMap(state ->
            connection
                .reply(id, state)
                .then(
                    Mono.fromRunnable(
                        () -> connection.push(id == null ? state : state.afterAck()))));
  }

  /**
   * Takes a place in the room of a stream, live from now on: what is pushed before the answer is
   * read may stand in its recent messages too.
   *
   * @return what the connection is to be told; a second time in the same room changes nothing
   */
  Mono<StreamState> enter(Connection connection, String streamId) {
    Mono<Stream> open =
        streams.get(streamId).doOnNext(stream -> checkNotBanned(stream, connection.userId()));
    return open.flatMap(stream ->
        connection.isIn(RoomId.live(streamId))
            ? viewers.count(streamId).flatMap(count -> state(stream, count))
            : take(connection, streamId)
                // Who is banned in this moment may have missed being put out.
                .flatMap(place ->
                    open.doOnError(_ -> connection.leave(place))
                        .flatMap(now ->
                            viewers
                                .joined(streamId, connection.userId(), place)
                                .flatMap(count -> state(now, count)))));
  }

  private Mono<StreamState> state(Stream stream, long count) {
    return recent.of(stream.id()).map(messages -> stream.state(count, messages));
  }

  /** The user's own room is not counted against the bound. Empty if the connection is gone. */
  private Mono<Membership> take(Connection connection, String streamId) {
    if (connection.rooms() > maxRooms) {
      return Mono.error(GatewayException.of(ErrorCode.TOO_MANY_ROOMS));
    }
    return rooms
        .enter(RoomId.live(streamId), connection)
        .filter(connection::entered)
        .flatMap(place -> place.goLive(0).thenReturn(place));
  }

  /** Nothing of the room is pushed after the answer. */
  Mono<Void> leave(Connection connection, @Nullable String id, String streamId) {
    connection.leave(RoomId.live(streamId));
    return connection.reply(id, Reply.Done.DONE);
  }

  void checkNotBanned(Stream stream, String userId) {
    if (stream.isBanned(userId, clock.instant())) {
      throw GatewayException.of(ErrorCode.BANNED);
    }
  }
}
