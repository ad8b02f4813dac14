package dev.realtime.gateway.web;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.cluster.ClusterTopic;
import dev.realtime.gateway.room.RoomRegistry;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The number of connections in a room, over all instances. */
@Component
final class RoomCounts implements ClusterTopic {

  private final RoomRegistry rooms;
  private final Cluster cluster;

  RoomCounts(RoomRegistry rooms, Cluster cluster) {
    this.rooms = rooms;
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
    return Mono.fromSupplier(() -> Integer.toString(rooms.connectionsIn(room)));
  }
}
