package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.LiveReply;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.protocol.StreamPlan;
import dev.realtime.gateway.session.Connection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** What a connection may ask of live streams; section 5 of the protocol. */
@Component
public final class LiveHandler {

  private final Streams streams;
  private final StreamLife life;
  private final LiveRooms rooms;
  private final LiveTalk talk;
  private final Moderation moderation;
  private final boolean mayCreate;

  LiveHandler(
      Streams streams,
      StreamLife life,
      LiveRooms rooms,
      LiveTalk talk,
      Moderation moderation,
      GatewayProperties properties) {
    this.streams = streams;
    this.life = life;
    this.rooms = rooms;
    this.talk = talk;
    this.moderation = moderation;
    this.mayCreate = properties.live().create() == GatewayProperties.LiveCreate.ANYONE;
  }

  /**
   * Carries out a command and answers it.
   *
   * @param id the command's id; without one it gets no ack
   * @return completes when the answer is on its way; fails with the refusal
   */
  public Mono<Void> handle(Connection connection, @Nullable String id, LiveCommand command) {
    return switch (command) {
      case LiveCommand.CreateStream create -> create(connection, id, create);
      case LiveCommand.JoinStream join -> rooms.join(connection, id, join.streamId());
      case LiveCommand.LeaveStream leave -> rooms.leave(connection, id, leave.streamId());
      case LiveCommand.SendLiveMessage message -> say(connection, id, message);
      case LiveCommand.React reaction -> react(connection, id, reaction);
      case LiveCommand.SetStatus status -> setStatus(connection, id, status);
      case LiveCommand.Moderate moderate ->
          moderation
              .moderate(connection.userId(), moderate)
              .then(connection.reply(id, Reply.Done.DONE));
    };
  }

  private Mono<Void> create(
      Connection connection, @Nullable String id, LiveCommand.CreateStream command) {
    if (!mayCreate) {
      return Mono.error(
          GatewayException.of(ErrorCode.FORBIDDEN, "Streams are made by the platform here."));
    }
    StreamPlan plan =
        new StreamPlan(
            null,
            connection.userId(),
            command.title(),
            command.playbackUrl(),
            Boolean.TRUE.equals(command.endOnHostLoss()),
            List.of());
    String tempId = command.tempId();
    return (tempId == null ? streams.create(plan) : streams.createOnce(tempId, plan))
        .flatMap(known ->
            known.created()
                ? Mono.just(LiveReply.Created.of(known.stream().state(0, List.of()), false))
                : rooms.shown(known.stream()).map(state -> LiveReply.Created.of(state, true)))
        .flatMap(created -> connection.reply(id, created));
  }

  private Mono<Void> say(
      Connection connection, @Nullable String id, LiveCommand.SendLiveMessage command) {
    return joined(connection, command.streamId())
        .flatMap(stream -> talk.say(stream, connection.userId(), command))
        .flatMap(said -> connection.reply(id, said));
  }

  private Mono<Void> react(Connection connection, @Nullable String id, LiveCommand.React command) {
    return joined(connection, command.streamId())
        .doOnNext(stream -> talk.react(stream, connection.userId(), command.emoji()))
        .then(Mono.defer(() -> connection.reply(id, Reply.Done.DONE)));
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

  private Mono<Void> setStatus(
      Connection connection, @Nullable String id, LiveCommand.SetStatus command) {
    return streams
        .get(command.streamId())
        .filter(stream -> stream.isHost(connection.userId()))
        .switchIfEmpty(
            Mono.error(() -> GatewayException.of(ErrorCode.FORBIDDEN, "Only the host may.")))
        .flatMap(_ -> life.move(command.streamId(), command.status()))
        .flatMap(stream ->
            connection.reply(
                id, new LiveReply.Status(stream.status(), stream.startedAt(), stream.endedAt())));
  }
}
