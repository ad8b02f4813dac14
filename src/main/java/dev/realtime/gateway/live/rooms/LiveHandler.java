package dev.realtime.gateway.live.rooms;

import dev.realtime.gateway.live.Moderation;
import dev.realtime.gateway.live.StreamChat;
import dev.realtime.gateway.live.StreamLife;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.LiveReply;
import dev.realtime.gateway.session.Answer;
import dev.realtime.gateway.session.Connection;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The handler of a connection's commands on live streams; section 5 of the protocol. */
@Component
public final class LiveHandler {

  private final NewStreams newStreams;
  private final StreamLife life;
  private final LiveRooms rooms;
  private final StreamChat chat;
  private final Moderation moderation;

  LiveHandler(
      NewStreams newStreams,
      StreamLife life,
      LiveRooms rooms,
      StreamChat chat,
      Moderation moderation) {
    this.newStreams = newStreams;
    this.life = life;
    this.rooms = rooms;
    this.chat = chat;
    this.moderation = moderation;
  }

  /** Carries out a command; fails with a refusal. */
  public Mono<Answer> handle(Connection connection, LiveCommand command) {
    String userId = connection.userId();
    return switch (command) {
      case LiveCommand.CreateStream create -> newStreams.create(userId, create).map(Answer::of);
      case LiveCommand.JoinStream join -> Mono.just(rooms.join(connection, join.streamId()));
      case LiveCommand.LeaveStream leave -> Mono.just(rooms.leave(connection, leave.streamId()));
      case LiveCommand.SendLiveMessage message ->
          rooms
              .joined(connection, message.streamId())
              .flatMap(stream -> chat.say(stream, userId, message))
              .map(Answer::of);
      case LiveCommand.React reaction ->
          rooms
              .joined(connection, reaction.streamId())
              .doOnNext(stream -> chat.react(stream, userId, reaction.emoji()))
              .thenReturn(Answer.done());
      case LiveCommand.SetStatus status -> setStatus(userId, status).map(Answer::of);
      case LiveCommand.Moderate moderate ->
          moderation.moderate(userId, moderate).thenReturn(Answer.done());
    };
  }

  private Mono<LiveReply.Status> setStatus(String userId, LiveCommand.SetStatus command) {
    return rooms
        .checkHost(command.streamId(), userId)
        .then(Mono.defer(() -> life.move(command.streamId(), command.status())))
        .map(stream -> new LiveReply.Status(stream.status(), stream.startedAt(), stream.endedAt()));
  }
}
