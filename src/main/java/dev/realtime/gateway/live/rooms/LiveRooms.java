package dev.realtime.gateway.live.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.live.LiveLog;
import dev.realtime.gateway.live.Stream;
import dev.realtime.gateway.live.StreamAccess;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.session.Answer;
import dev.realtime.gateway.session.CatchUp;
import dev.realtime.gateway.session.Connection;
import java.time.Clock;
import java.time.Duration;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The joins and leaves of connections in the rooms of streams. */
@Component
final class LiveRooms {

  /** The number of attempts at a join that an eviction overtakes. */
  private static final int ATTEMPTS = 3;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** The time for all that a join reads and waits for, one after the other. */
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  private final StreamAccess access;
  private final RoomRegistry rooms;
  private final StreamStates states;
  private final LiveLog log;
  private final Clock clock;

  LiveRooms(
      StreamAccess access, RoomRegistry rooms, StreamStates states, LiveLog log, Clock clock) {
    this.access = access;
    this.rooms = rooms;
    this.states = states;
    this.log = log;
    this.clock = clock;
  }

  /**
   * A stream that a connection has entered.
   *
   * @param place the connection's place; once it has ended, the client must not receive the state
   * @param follow replays the changes since the state, then pushes live; the caller must run it
   *     once the state is on its way to the client
   */
  record Entered(Place place, StreamState state, Mono<Void> follow) {}

  /** Joins a stream; fails with {@code not_found}, {@code banned} or {@code too_many_rooms}. */
  Answer join(Connection connection, String streamId) {
    return Answer.inTurn(RoomId.Kind.LIVE, Mono.defer(() -> join(connection, streamId, ATTEMPTS)));
  }

  /** Joins a stream, and tries again if a ban ends the place before the reply is sent. */
  private Mono<Answer> join(Connection connection, String streamId, int attempts) {
    if (attempts == 0) {
      return Mono.error(GatewayException.unavailable(RETRY_AFTER));
    }
    Mono<Answer> again = Mono.defer(() -> join(connection, streamId, attempts - 1));
    return enter(connection, streamId)
        .<Answer>map(entered -> joined(entered).otherwise(again))
        .switchIfEmpty(again);
  }

  private static Answer.Telling joined(Entered entered) {
    StreamState state = entered.state();
    return Answer.whenSent(() -> entered.place().isEnded() ? null : state)
        .andPush(state.afterAck(), state)
        .then(entered.follow());
  }

  /**
   * Enters the room of a stream, or moves an existing place to the state that is returned. Events
   * that are not recorded pass at once, so a message pushed before the reply may stand in its
   * recent messages too. The caller must run this in the turn of the room.
   *
   * @return the place and the state to reply; empty if the place has ended already; fails with
   *     {@code unavailable} if the stores take too long
   */
  Mono<Entered> enter(Connection connection, String streamId) {
    Place older = connection.rooms().place(RoomId.live(streamId));
    Mono<Entered> entered =
        older != null && older.isLive()
            ? enterAgain(connection, streamId, older)
            : enterAnew(connection, streamId);
    return entered.timeout(PATIENCE, Mono.error(() -> GatewayException.unavailable(RETRY_AFTER)));
  }

  private Mono<Entered> enterAnew(Connection connection, String streamId) {
    return open(connection, streamId)
        .flatMap(stream ->
            take(connection, stream)
                .flatMap(place ->
                    settle(connection, stream, place)
                        .doOnError(_ -> connection.rooms().leave(place))
                        .doOnCancel(() -> connection.rooms().leave(place))));
  }

  /** Returns the current stream; fails with {@code banned} for a banned user. */
  private Mono<Stream> open(Connection connection, String streamId) {
    return access
        .current(streamId, connection.userId())
        .doOnNext(stream -> checkNotBanned(stream, connection.userId()));
  }

  /**
   * Reads the state again for a place that exists. The user stays counted, and the place holds
   * recorded changes back until the client has the newer state.
   */
  private Mono<Entered> enterAgain(Connection connection, String streamId, Place place) {
    return CatchUp.holding(log, connection, place)
        .flatMap(held ->
            open(connection, streamId)
                .flatMap(stream -> renew(connection, held, stream))
                .switchIfEmpty(Mono.defer(() -> enterAnew(connection, streamId)))
                .onErrorResume(failure -> goLive(connection, held).then(Mono.error(failure)))
                .doOnCancel(held::close));
  }

  /** Moves a held place to the stream's rev; empty if the place has ended meanwhile. */
  private Mono<Entered> renew(Connection connection, CatchUp held, Stream stream) {
    return held.upTo(stream.rev())
        .then(Mono.defer(() -> held.place().renew(stream.rev())))
        .filter(renewed -> renewed)
        .flatMap(_ -> states.of(stream))
        .map(state -> new Entered(held.place(), state, goLive(connection, held)));
  }

  /**
   * Counts the user and reads the state. If the user was banned after the stream was read, the
   * catch-up that follows evicts the user.
   */
  private Mono<Entered> settle(Connection connection, Stream stream, Place place) {
    Mono<Void> follow = goLive(connection, new CatchUp(log, connection, place, stream.rev()));
    return states
        .entered(stream, connection.userId(), place)
        .map(state -> new Entered(place, state, follow));
  }

  private static Mono<Void> goLive(Connection connection, CatchUp catchUp) {
    return connection.promised("changes of " + catchUp.place().roomId(), catchUp.run());
  }

  /**
   * Enters the room, unless the connection is in too many; the user's own room does not count.
   * Empty if the connection is gone.
   */
  private Mono<Place> take(Connection connection, Stream stream) {
    RoomId room = RoomId.live(stream.id());
    connection.rooms().checkSpaceFor(room);
    return rooms
        .enter(room, connection, stream.rev())
        .filter(connection.rooms()::entered)
        .flatMap(place -> place.goLiveHeld().thenReturn(place));
  }

  /** Leaves a stream; the connection receives no push of the room after the reply. */
  Answer leave(Connection connection, String streamId) {
    return Answer.inTurn(
        RoomId.Kind.LIVE,
        Mono.just(
            Answer.whenSent(() -> {
              connection.rooms().leave(RoomId.live(streamId));
              return Reply.Done.DONE;
            })));
  }

  /**
   * Returns a stream that the connection has joined; fails with {@code forbidden} if it has not. A
   * banned user, whom the room has evicted, gets {@code banned} instead.
   */
  Mono<Stream> joined(Connection connection, String streamId) {
    boolean inside = connection.isIn(RoomId.live(streamId));
    return access
        .get(streamId, connection.userId())
        .doOnNext(stream -> checkNotBanned(stream, connection.userId()))
        .filter(_ -> inside)
        .switchIfEmpty(
            Mono.error(() -> GatewayException.of(ErrorCode.FORBIDDEN, "Join the stream first.")));
  }

  /** Checks that a user is the host of a stream; fails with {@code forbidden} otherwise. */
  Mono<Void> checkHost(String streamId, String userId) {
    return access
        .get(streamId, userId)
        .filter(stream -> stream.isHost(userId))
        .switchIfEmpty(
            Mono.error(() ->
                GatewayException.of(ErrorCode.FORBIDDEN, "Only the host may change the status.")))
        .then();
  }

  private void checkNotBanned(Stream stream, String userId) {
    if (stream.isBanned(userId, clock.instant())) {
      throw GatewayException.of(ErrorCode.BANNED);
    }
  }
}
