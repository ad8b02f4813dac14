package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.LiveReply;
import dev.realtime.gateway.protocol.StreamPlan;
import dev.realtime.gateway.session.Answer;
import dev.realtime.gateway.session.Connection;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** What a connection may ask of live streams; section 5 of the protocol. */
@Component
public final class LiveHandler {

  private final Streams streams;
  private final StreamLife life;
  private final LiveRooms rooms;
  private final StreamChat chat;
  private final Moderation moderation;
  private final boolean mayCreate;

  LiveHandler(
      Streams streams,
      StreamLife life,
      LiveRooms rooms,
      StreamChat chat,
      Moderation moderation,
      GatewayProperties properties) {
    this.streams = streams;
    this.life = life;
    this.rooms = rooms;
    this.chat = chat;
    this.moderation = moderation;
    this.mayCreate = properties.live().create() == GatewayProperties.LiveCreate.ANYONE;
  }

  /** Carries out a command; fails with the refusal. */
  public Mono<Answer> handle(Connection connection, LiveCommand command) {
    String userId = connection.userId();
    return switch (command) {
      case LiveCommand.CreateStream create -> create(userId, create).map(Answer::of);
      case LiveCommand.JoinStream join -> Mono.just(rooms.join(connection, join.streamId()));
      case LiveCommand.LeaveStream leave -> Mono.just(rooms.leave(connection, leave.streamId()));
      case LiveCommand.SendLiveMessage message ->
          joined(connection, message.streamId())
              .flatMap(stream -> chat.say(stream, userId, message))
              .map(Answer::of);
      case LiveCommand.React reaction ->
          joined(connection, reaction.streamId())
              .doOnNext(stream -> chat.react(stream, userId, reaction.emoji()))
              .thenReturn(Answer.done());
      case LiveCommand.SetStatus status -> setStatus(userId, status).map(Answer::of);
      case LiveCommand.Moderate moderate ->
          moderation.moderate(userId, moderate).thenReturn(Answer.done());
    };
  }

  private Mono<LiveReply.Created> create(String userId, LiveCommand.CreateStream command) {
    if (!mayCreate) {
      return Mono.error(
          GatewayException.of(ErrorCode.FORBIDDEN, "Streams are made by the platform here."));
    }
    StreamPlan plan =
        new StreamPlan(
            null,
            userId,
            command.title(),
            command.playbackUrl(),
            Boolean.TRUE.equals(command.endOnHostLoss()),
            List.of());
    String tempId = command.tempId();
    return (tempId == null ? streams.create(plan) : streams.createOnce(tempId, plan))
        .flatMap(created ->
            created.duplicate()
                ? rooms.shown(created.stream()).map(state -> LiveReply.Created.of(state, true))
                : Mono.just(LiveReply.Created.of(created.stream().state(0, List.of()), false)));
  }

  /** A banned user has been put out, and is told why all the same. */
  private Mono<Stream> joined(Connection connection, String streamId) {
    boolean inside = connection.isIn(RoomId.live(streamId));
    return streams
        .get(streamId)
        .doOnNext(stream -> rooms.checkNotBanned(stream, connection.userId()))
        .filter(_ -> inside)
        .switchIfEmpty(
            Mono.error(() -> GatewayException.of(ErrorCode.FORBIDDEN, "Join the stream first.")));
  }

  private Mono<LiveReply.Status> setStatus(String userId, LiveCommand.SetStatus command) {
    return streams
        .get(command.streamId())
        .filter(stream -> stream.isHost(userId))
        .switchIfEmpty(
            Mono.error(() -> GatewayException.of(ErrorCode.FORBIDDEN, "Only the host may.")))
        .flatMap(_ -> life.move(command.streamId(), command.status()))
        .map(stream -> new LiveReply.Status(stream.status(), stream.startedAt(), stream.endedAt()));
  }
}
