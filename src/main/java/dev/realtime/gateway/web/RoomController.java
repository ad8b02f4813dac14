package dev.realtime.gateway.web;

import dev.realtime.gateway.chat.Chats;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.room.RoomId;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** How full rooms are, for the platform's backend; section 10 of the protocol. */
@RestController
@RequestMapping("/api/v1/rooms")
class RoomController {

  private final Chats chats;
  private final RoomCounts counts;
  private final DatabaseClient database;

  RoomController(Chats chats, RoomCounts counts, DatabaseClient database) {
    this.chats = chats;
    this.counts = counts;
    this.database = database;
  }

  /**
   * How full a room is.
   *
   * @param members of a chat all members, there or not; of a stream the users who watch
   * @param connections that are in the room right now
   */
  record Fullness(int members, int connections) {}

  @GetMapping("/{kind}/{id}")
  @Call(
      value = "Tells how many are in a room.",
      refusals = {ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE})
  Mono<Fullness> room(@PathVariable String kind, @PathVariable String id) {
    RoomId room = RoomKind.of(kind).room(ChatRequests.id("id", id));
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
        .summary(room.id())
        .flatMap(chat ->
            counts
                .present(room)
                .map(present -> new Fullness(chat.memberIds().size(), present.size())));
  }

  private Mono<Fullness> live(RoomId room) {
    return database
        .sql("select 1 from streams where id = $1")
        .bind("$1", room.id())
        .fetch()
        .one()
        .flatMap(_ -> counts.present(room))
        .map(present ->
            new Fullness(Math.toIntExact(present.stream().distinct().count()), present.size()));
  }
}
