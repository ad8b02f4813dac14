package dev.realtime.gateway.web;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.AppEvent;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.room.RoomPublisher;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * Application events from the platform's backend to everyone in a room; section 10 of the protocol.
 */
@RestController
@RequestMapping("/api/v1/events")
final class EventController {

  private final RoomPublisher publisher;

  EventController(RoomPublisher publisher) {
    this.publisher = publisher;
  }

  /** A room that the backend can name. */
  record Room(RoomKind kind, String id) {

    Room {
      if (kind == null) {
        throw GatewayException.badRequest("room", "room needs a kind: chat or live.");
      }
      Ids.check("room", id);
    }
  }

  /** An event and its target: exactly one of room and userId. */
  record NewEvent(
      @Nullable Room room,
      @Nullable String userId,
      @Nullable String event,
      @Nullable JsonNode data) {

    RoomId target() {
      if (room != null && userId == null) {
        return room.kind().room(room.id());
      }
      if (userId != null && room == null) {
        return RoomId.user(Ids.check("userId", userId));
      }
      throw GatewayException.badRequest("room", "Give exactly one of room and userId.");
    }

    AppEvent content() {
      if (event == null || data == null) {
        String missing = event == null ? "event" : "data";
        throw GatewayException.badRequest(missing, missing + " is required.");
      }
      return new AppEvent(event, data);
    }
  }

  /**
   * Publishes an event to the connections that are there now, on all instances; at most once, and
   * not stored. The call does not check that the room or user exists, so it works while the
   * database is down.
   */
  @PostMapping
  @Described("Pushes an application event to a room or a user.")
  @ResponseStatus(HttpStatus.ACCEPTED)
  Mono<Void> publish(@RequestBody NewEvent body) {
    return Mono.fromRunnable(() -> publisher.publish(body.target(), body.content()));
  }
}
