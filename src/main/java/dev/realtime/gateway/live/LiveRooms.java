package dev.realtime.gateway.live;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.room.Membership;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.session.CatchUp;
import dev.realtime.gateway.session.Connection;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Brings connections into the rooms of streams and counts them there. */
@Component
class LiveRooms {

  private static final Logger logger = LoggerFactory.getLogger(LiveRooms.class);

  private final Streams streams;
  private final RoomRegistry rooms;
  private final Viewers viewers;
  private final RecentMessages recent;
  private final HostWatch hosts;
  private final LiveLog log;
  private final Clock clock;
  private final int maxRooms;

  LiveRooms(
      Streams streams,
      RoomRegistry rooms,
      Viewers viewers,
      RecentMessages recent,
      HostWatch hosts,
      LiveLog log,
      Clock clock,
      GatewayProperties properties) {
    this.streams = streams;
    this.rooms = rooms;
    this.viewers = viewers;
    this.recent = recent;
    this.hosts = hosts;
    this.log = log;
    this.clock = clock;
    this.maxRooms = properties.limits().roomsPerConnection();
  }

  /**
   * A stream that a connection is in.
   *
   * @param follow to be run once the state is on its way to the client: what everybody has been
   *     told since, then live. It must be run
   */
  record Entered(StreamState state, Mono<Void> follow) {}

  /** Fails with {@code not_found}, {@code banned}, {@code too_many_rooms}. */
  Mono<Void> join(Connection connection, @Nullable String id, String streamId) {
    return enter(connection, streamId)
        .flatMap(entered -> {
          StreamState state = entered.state();
          return connection
              .reply(id, state)
              .then(Mono.fromRunnable(() -> connection.push(id == null ? state : state.afterAck())))
              .then(entered.follow());
        });
  }

  /**
   * Takes a place in the room of a stream. What does not last comes through at once: what is pushed
   * before the answer is read may stand in its recent messages too.
   *
   * @return what the connection is to be told; a second time in the same room changes nothing.
   *     Empty if the connection is gone
   */
  Mono<Entered> enter(Connection connection, String streamId) {
    return streams
        .get(streamId)
        .doOnNext(stream -> checkNotBanned(stream, connection.userId()))
        .flatMap(stream ->
            connection.isIn(RoomId.live(streamId))
                ? shown(stream).map(state -> new Entered(state, Mono.empty()))
                : take(connection, streamId)
                    .flatMap(place ->
                        settle(connection, stream, place).doOnError(_ -> connection.leave(place))));
  }

  /** Who was banned since the stream was read is put out by what follows. */
  private Mono<Entered> settle(Connection connection, Stream stream, Membership place) {
    Mono<Void> follow =
        new CatchUp(log, connection, place, stream.rev())
            .run()
            .onErrorResume(failure -> abandon(connection, place, failure));
    return hosts
        .joined(stream, connection.userId())
        .then(Mono.defer(() -> viewers.joined(stream.id(), connection.userId(), place)))
        .flatMap(count -> state(stream, count))
        .map(state -> new Entered(state, follow));
  }

  /** Never a silent hole: the client comes back and resumes. */
  private static Mono<Void> abandon(Connection connection, Membership place, Throwable failure) {
    logger.warn(
        "Could not bring connection {} up to date in {}: {}",
        connection.id(),
        place.roomId(),
        failure.toString());
    connection.close(CloseCode.SERVER_ERROR);
    return Mono.empty();
  }

  /** A stream as it is now, for one who does not enter it. */
  Mono<StreamState> shown(Stream stream) {
    return viewers.count(stream.id()).flatMap(count -> state(stream, count));
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
        .flatMap(place -> place.goLiveHeld().thenReturn(place));
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
