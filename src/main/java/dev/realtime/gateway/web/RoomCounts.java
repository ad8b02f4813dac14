package dev.realtime.gateway.web;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.cluster.ClusterTopic;
import dev.realtime.gateway.session.ConnectionRegistry;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The number of connections in a room, over all instances. */
@Component
final class RoomCounts implements ClusterTopic {

  private final ConnectionRegistry connections;
  private final Cluster cluster;

  RoomCounts(ConnectionRegistry connections, Cluster cluster) {
    this.connections = connections;
    this.cluster = cluster;
  }

  /** Returns the number of connections in a room; fails as {@link Cluster#ask}. */
  Mono<Integer> connectionsIn(RoomId room) {
    return cluster
        .ask(topic(), room.channel())
        .map(counts -> counts.stream().mapToInt(Integer::parseInt).sum());
  }

  @Override
  public String topic() {
    return "room.connections";
  }

  @Override
  public Mono<String> asked(String channel) {
    RoomId room = RoomId.ofChannel(channel);
    return Mono.fromSupplier(() ->
        Long.toString(
            connections.all().stream().filter(connection -> connection.isIn(room)).count()));
  }
}
