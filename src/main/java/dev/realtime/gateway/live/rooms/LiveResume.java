package dev.realtime.gateway.live.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.live.Streams;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionReply.Outcome;
import dev.realtime.gateway.protocol.SessionReply.ResumedStream;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ResumePart;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The streams of a {@code session:resume}: the connection joins them, without a replay of chat. */
@Component
final class LiveResume implements ResumePart {

  private static final Logger log = LoggerFactory.getLogger(LiveResume.class);

  private static final int SIDE_BY_SIDE = 16;

  /**
   * The outcome for one stream.
   *
   * @param place the connection's place in the room; null if it did not join
   */
  private record Resumed(
      String streamId, ResumedStream stream, @Nullable Place place, Mono<Void> follow) {

    /**
     * Returns the outcome now: {@code unavailable} for a user evicted since, who has to join again.
     */
    ResumedStream now() {
      return place != null && place.isEnded() ? ResumedStream.refused(Outcome.UNAVAILABLE) : stream;
    }
  }

  private final Streams streams;
  private final LiveRooms rooms;

  LiveResume(Streams streams, LiveRooms rooms) {
    this.streams = streams;
    this.rooms = rooms;
  }

  @Override
  public Stage stage() {
    return Stage.LIVE_ROOMS;
  }

  @Override
  public RoomId.Kind enters() {
    return RoomId.Kind.LIVE;
  }

  /** Enters the streams; a stream that cannot be entered does not fail the others. */
  @Override
  public Mono<Resumption> prepare(
      Connection connection, SessionCommand.Resume resume, boolean sameEpoch) {
    List<String> named = resume.streams();
    return named == null
        ? Mono.empty()
        : Flux.fromIterable(named)
            .flatMapSequential(id -> resume(connection, id), SIDE_BY_SIDE)
            .collectList()
            .map(LiveResume::prepared);
  }

  private static Resumption prepared(List<Resumed> all) {
    return new Resumption(
        reply -> reply.withStreams(reply(all)),
        Flux.fromIterable(all).concatMap(Resumed::follow).then());
  }

  private static Map<String, ResumedStream> reply(List<Resumed> all) {
    Map<String, ResumedStream> streams = new LinkedHashMap<>();
    all.forEach(each -> streams.put(each.streamId(), each.now()));
    return streams;
  }

  private Mono<Resumed> resume(Connection connection, String streamId) {
    return streams
        .get(streamId)
        .flatMap(stream ->
            stream.hasEnded()
                ? Mono.just(refused(streamId, Outcome.ENDED))
                : rooms
                    .enter(connection, streamId)
                    .map(entered ->
                        new Resumed(
                            streamId, joined(entered.state()), entered.place(), entered.follow()))
                    .defaultIfEmpty(refused(streamId, Outcome.UNAVAILABLE)))
        .onErrorResume(failure -> Mono.just(refused(streamId, outcome(streamId, failure))));
  }

  private static Resumed refused(String streamId, Outcome outcome) {
    return new Resumed(streamId, ResumedStream.refused(outcome), null, Mono.empty());
  }

  private static ResumedStream joined(StreamState state) {
    return new ResumedStream(
        Outcome.JOINED,
        state.status(),
        state.title(),
        state.hostId(),
        state.playbackUrl(),
        state.viewerCount(),
        state.slowMode(),
        state.pinned(),
        state.recent());
  }

  private static Outcome outcome(String streamId, Throwable failure) {
    ErrorCode code = failure instanceof GatewayException refusal ? refusal.code() : null;
    if (code == ErrorCode.NOT_FOUND) {
      return Outcome.NOT_FOUND;
    }
    if (code == ErrorCode.BANNED) {
      return Outcome.BANNED;
    }
    log.warn("Could not resume stream {}: {}", streamId, failure.toString());
    return Outcome.UNAVAILABLE;
  }
}
