package dev.realtime.gateway.live.rooms;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.live.Stream;
import dev.realtime.gateway.live.Streams;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.LiveReply;
import dev.realtime.gateway.protocol.StreamPlan;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The creation of streams by users, if the configuration allows it. */
@Component
final class NewStreams {

  private final Streams streams;
  private final StreamStates states;
  private final boolean allowed;

  NewStreams(Streams streams, StreamStates states, GatewayProperties properties) {
    this.streams = streams;
    this.states = states;
    this.allowed = properties.live().create() == GatewayProperties.LiveCreate.ANYONE;
  }

  /** Creates a stream, or returns the one that its host created with the same {@code tempId}. */
  Mono<LiveReply.Created> create(String hostId, LiveCommand.CreateStream command) {
    if (!allowed) {
      return Mono.error(
          GatewayException.of(
              ErrorCode.FORBIDDEN, "Only the backend may create streams on this server."));
    }
    StreamPlan plan = plan(hostId, command);
    String tempId = command.tempId();
    return (tempId == null ? streams.create(plan) : streams.createOnce(tempId, plan))
        .flatMap(this::reply);
  }

  private static StreamPlan plan(String hostId, LiveCommand.CreateStream command) {
    return new StreamPlan(
        null,
        hostId,
        command.title(),
        command.playbackUrl(),
        Boolean.TRUE.equals(command.endOnHostLoss()),
        List.of());
  }

  private Mono<LiveReply.Created> reply(Streams.Created created) {
    Stream stream = created.stream();
    return created.duplicate()
        ? states.of(stream).map(state -> LiveReply.Created.of(state, true))
        : Mono.just(LiveReply.Created.of(stream.state(0, List.of()), false));
  }
}
