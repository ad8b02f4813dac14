package dev.realtime.gateway.live.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.live.LiveLog;
import dev.realtime.gateway.live.Stream;
import dev.realtime.gateway.live.Streams;
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

/** Brings connections into the rooms of streams and counts them there. */
@Component
final class LiveRooms {

  /** How often a join begins anew when a ban overtakes it. */
  private static final int ATTEMPTS = 3;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Streams streams;
  private final RoomRegistry rooms;
  private final StreamStates states;
  private final LiveLog log;
  private final Clock clock;

  LiveRooms(Streams streams, RoomRegistry rooms, StreamStates states, LiveLog log, Clock clock) {
    this.streams = streams;
    this.rooms = rooms;
    this.states = states;
    this.log = log;
    this.clock = clock;
  }

  /**
   * A stream that a connection is in.
   *
   * @param place where it is in; who has been put out since must not be told the state
   * @param follow to be run once the state is on its way to the client: what everybody has been
   *     told since, then live. It must be run
   */
  record Entered(Place place, StreamState state, Mono<Void> follow) {}

  /** Joins a stream; fails with {@code not_found}, {@code banned}, {@code too_many_rooms}. */
  Answer join(Connection connection, String streamId) {
    return Answer.inTurn(RoomId.Kind.LIVE, Mono.defer(() -> join(connection, streamId, ATTEMPTS)));
  }

  /** Begins anew where a ban ended the place before the client could be told of it. */
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
   * Takes a place in the room of a stream, or moves the one that is there to the state that is
   * told. What does not last comes through at once: what is pushed before the answer is read may
   * stand in its recent messages too. To be run in its turn.
   *
   * @return what the connection is to be told; empty if the place has ended already
   */
  Mono<Entered> enter(Connection connection, String streamId) {
    Place older = connection.rooms().place(RoomId.live(streamId));
    return older != null && older.isLive()
        ? enterAgain(connection, streamId, older)
        : enterAnew(connection, streamId);
  }

  private Mono<Entered> enterAnew(Connection connection, String streamId) {
    return open(connection, streamId)
        .flatMap(stream ->
            take(connection, stream)
                .flatMap(place ->
                    settle(connection, stream, place)
                        .doOnError(_ -> connection.rooms().leave(place))));
  }

  /** The stream as it is now, for one who may enter it. */
  private Mono<Stream> open(Connection connection, String streamId) {
    return streams
        .current(streamId)
        .doOnNext(stream -> checkNotBanned(stream, connection.userId()));
  }

  /** It stays counted; lasting changes rest until it has been told the newer state. */
  private Mono<Entered> enterAgain(Connection connection, String streamId, Place place) {
    return CatchUp.holding(log, connection, place)
        .flatMap(held ->
            open(connection, streamId)
                .flatMap(stream -> renew(connection, held, stream))
                .switchIfEmpty(Mono.defer(() -> enterAnew(connection, streamId)))
                .onErrorResume(failure -> goLive(connection, held).then(Mono.error(failure)))
                .doOnCancel(held::close));
  }

  /** Empty if the place has ended meanwhile. */
  private Mono<Entered> renew(Connection connection, CatchUp held, Stream stream) {
    return held.upTo(stream.rev())
        .then(Mono.defer(() -> held.place().renew(stream.rev())))
        .filter(renewed -> renewed)
        .flatMap(_ -> states.of(stream))
        .map(state -> new Entered(held.place(), state, goLive(connection, held)));
  }

  /** Who was banned since the stream was read is put out by what follows. */
  private Mono<Entered> settle(Connection connection, Stream stream, Place place) {
    Mono<Void> follow = goLive(connection, new CatchUp(log, connection, place, stream.rev()));
    return states
        .entered(stream, connection.userId(), place)
        .map(state -> new Entered(place, state, follow));
  }

  private static Mono<Void> goLive(Connection connection, CatchUp catchUp) {
    return connection.promised("changes of " + catchUp.place().roomId(), catchUp.run());
  }

  /** The user's own room is not counted against the bound. Empty if the connection is gone. */
  private Mono<Place> take(Connection connection, Stream stream) {
    RoomId room = RoomId.live(stream.id());
    connection.rooms().checkSpaceFor(room);
    return rooms
        .enter(room, connection, stream.rev())
        .filter(connection.rooms()::entered)
        .flatMap(place -> place.goLiveHeld().thenReturn(place));
  }

  /** Leaves a stream; nothing of its room follows the answer. */
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
   * The stream of a room that the connection is in; fails with {@code forbidden} if it is not. The
   * room has put out a banned user, who is told {@code banned} all the same.
   */
  Mono<Stream> joined(Connection connection, String streamId) {
    boolean inside = connection.isIn(RoomId.live(streamId));
    return streams
        .get(streamId)
        .doOnNext(stream -> checkNotBanned(stream, connection.userId()))
        .filter(_ -> inside)
        .switchIfEmpty(
            Mono.error(() -> GatewayException.of(ErrorCode.FORBIDDEN, "Join the stream first.")));
  }

  /** Fails with {@code forbidden} unless the user is the host of the stream. */
  Mono<Void> checkHost(String streamId, String userId) {
    return streams
        .get(streamId)
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
