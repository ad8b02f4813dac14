package dev.realtime.gateway.live;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.protocol.LiveReply;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.room.Membership;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.session.Connection;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** What a connection may ask of live streams; section 5 of the protocol. */
@Component
public final class LiveHandler {

  private final Streams streams;
  private final RoomRegistry rooms;
  private final RoomPublisher publisher;
  private final Clock clock;
  private final int maxRooms;

  LiveHandler(
      Streams streams,
      RoomRegistry rooms,
      RoomPublisher publisher,
      Clock clock,
      GatewayProperties properties) {
    this.streams = streams;
    this.rooms = rooms;
    this.publisher = publisher;
    this.clock = clock;
    this.maxRooms = properties.limits().roomsPerConnection();
  }

  /**
   * Carries out a command and answers it.
   *
   * @param id the command's id; without one it gets no ack
   * @return completes when the answer is on its way; fails with the refusal
   */
  public Mono<Void> handle(Connection connection, @Nullable String id, LiveCommand command) {
    return switch (command) {
      case LiveCommand.JoinStream join -> join(connection, id, join.streamId());
      case LiveCommand.LeaveStream leave -> leave(connection, id, leave.streamId());
      case LiveCommand.SendLiveMessage message -> say(connection, id, message);
    };
  }

  private Mono<Void> join(Connection connection, @Nullable String id, String streamId) {
    RoomId room = RoomId.live(streamId);
    return stream(streamId)
        .flatMap(stream ->
            connection.isIn(room)
                ? tell(connection, id, stream)
                : enter(connection, room)
                    .flatMap(place -> tell(connection, id, stream).then(place.goLive(0)).then()));
  }

  private Mono<StreamState> stream(String streamId) {
    return streams
        .get(streamId)
        .switchIfEmpty(
            Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND, "There is no such stream.")));
  }

  /** The user's own room is not counted. */
  private Mono<Membership> enter(Connection connection, RoomId room) {
    return connection.rooms() > maxRooms
        ? Mono.error(GatewayException.of(ErrorCode.TOO_MANY_ROOMS))
        : rooms.enter(room, connection).filter(connection::entered);
  }

  /** With an id the ack has told the state, and the push is short. */
  private static Mono<Void> tell(Connection connection, @Nullable String id, StreamState stream) {
    return connection
        .reply(id, stream)
        .then(
            Mono.fromRunnable(() ->
                connection.push(id == null ? stream : StreamState.joined(stream.streamId()))));
  }

  private static Mono<Void> leave(Connection connection, @Nullable String id, String streamId) {
    connection.leave(RoomId.live(streamId));
    return connection.reply(id, Reply.Done.DONE);
  }

  private Mono<Void> say(
      Connection connection, @Nullable String id, LiveCommand.SendLiveMessage command) {
    if (!connection.isIn(RoomId.live(command.streamId()))) {
      return Mono.error(GatewayException.of(ErrorCode.FORBIDDEN, "Join the stream first."));
    }
    return stream(command.streamId())
        .flatMap(stream ->
            stream.status() == StreamStatus.ENDED
                ? Mono.error(GatewayException.of(ErrorCode.CONFLICT, "The stream has ended."))
                : publish(connection, id, command));
  }

  private Mono<Void> publish(
      Connection connection, @Nullable String id, LiveCommand.SendLiveMessage command) {
    LiveEvent.LiveMessage message =
        new LiveEvent.LiveMessage(
            Identifiers.next().toString(),
            command.streamId(),
            connection.userId(),
            command.content(),
            command.tempId(),
            clock.instant());
    publisher.publish(RoomId.live(command.streamId()), message);
    return connection.reply(id, new LiveReply.Said(message.id(), message.createdAt()));
  }
}
