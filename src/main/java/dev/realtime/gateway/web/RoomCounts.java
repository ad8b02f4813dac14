package dev.realtime.gateway.web;

import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.cluster.ClusterTopic;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import java.util.Arrays;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Who is in a room right now, over all instances. */
@Component
final class RoomCounts implements ClusterTopic {

  private static final JsonMapper JSON = EnvelopeCodec.mapper();

  private final ConnectionRegistry connections;
  private final Cluster cluster;

  RoomCounts(ConnectionRegistry connections, Cluster cluster) {
    this.connections = connections;
    this.cluster = cluster;
  }

  /**
   * Whose connections are in the room: a user for each connection, so one may stand there twice.
   * Instances that do not answer within 2 s are missing.
   */
  Mono<List<String>> present(RoomId room) {
    return cluster
        .ask(topic(), room.channel())
        .flatMapIterable(answer -> Arrays.asList(JSON.readValue(answer, String[].class)))
        .collectList();
  }

  @Override
  public String topic() {
    return "room.present";
  }

  @Override
  public Mono<String> asked(String channel) {
    RoomId room = RoomId.ofChannel(channel);
    return Mono.fromSupplier(() ->
        JSON.writeValueAsString(
            connections.all().stream()
                .filter(connection -> connection.isIn(room))
                .map(Connection::userId)
                .toList()));
  }
}
