package dev.realtime.gateway.web;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.Chats;
import dev.realtime.gateway.live.Streams;
import dev.realtime.gateway.live.Viewers;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * The number of members and connections of rooms, for the platform's backend; section 10 of the
 * protocol.
 */
@RestController
@RequestMapping("/api/v1/rooms")
final class RoomController {

  private final Chats chats;
  private final RoomCounts counts;
  private final Streams streams;
  private final Viewers viewers;

  RoomController(Chats chats, RoomCounts counts, Streams streams, Viewers viewers) {
    this.chats = chats;
    this.counts = counts;
    this.streams = streams;
    this.viewers = viewers;
  }

  /**
   * The number of members and connections of a room.
   *
   * @param members of a chat all members, online or not; of a stream the users who watch
   * @param connections the connections that are in the room right now
   */
  record Fullness(int members, int connections) {}

  @GetMapping("/{kind}/{id}")
  @Described(
      value = "Counts the members and connections of a room.",
      refusals = {ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE})
  Mono<Fullness> room(@PathVariable String kind, @PathVariable String id) {
    RoomId room = RoomKind.of(kind).room(Ids.check("id", id));
    Mono<Fullness> found =
        switch (RoomKind.of(kind)) {
          case CHAT -> chat(room);
          case LIVE -> live(room);
        };
    return found.switchIfEmpty(
        Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND, "There is no such room.")));
  }

  private Mono<Fullness> chat(RoomId room) {
    return chats
        .memberCount(room.id())
        .flatMap(members ->
            counts.connectionsIn(room).map(connections -> new Fullness(members, connections)));
  }

  private Mono<Fullness> live(RoomId room) {
    return streams
        .exists(room.id())
        .filter(there -> there)
        .flatMap(_ -> viewers.count(room.id()).zipWith(counts.connectionsIn(room)))
        .map(counted -> new Fullness(Math.toIntExact(counted.getT1()), counted.getT2()));
  }
}
