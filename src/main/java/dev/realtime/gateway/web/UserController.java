package dev.realtime.gateway.web;

import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** A user's connections for the platform's backend; section 10 of the protocol. */
@RestController
@RequestMapping("/api/v1/users/{userId}")
final class UserController {

  private final UserConnections connections;

  UserController(UserConnections connections) {
    this.connections = connections;
  }

  record Connections(List<UserConnections.Open> connections) {}

  /**
   * The connections to close, and the reason.
   *
   * @param deviceId the device whose connections to close; null for all
   * @param reason the reason in {@code session:bye}, at most 200 characters
   */
  record Disconnect(@Nullable String deviceId, @Nullable String reason) {

    static final Disconnect ALL = new Disconnect(null, null);

    Disconnect {
      if (deviceId != null) {
        Ids.check("deviceId", deviceId);
      }
      if (reason != null
          && (reason.isBlank()
              || reason.length() > Bounds.REASON_LENGTH
              || reason.chars().anyMatch(Character::isISOControl))) {
        throw GatewayException.badRequest(
            "reason", "reason must have 1 to 200 characters, none of them control.");
      }
    }
  }

  record Closed(int closed) {}

  /** Returns the user's connections on all instances; none if the user is offline. */
  @GetMapping("/connections")
  @Described(
      value = "Lists the user's connections on all instances.",
      refusals = ErrorCode.UNAVAILABLE)
  Mono<Connections> connections(@PathVariable String userId) {
    return connections.of(Ids.check("userId", userId)).map(Connections::new);
  }

  /**
   * Closes the user's connections with 4403; a token that is still valid opens new ones. Replies
   * 503 unless all instances answer: the others have then closed theirs, and the caller must repeat
   * the call.
   */
  @PostMapping("/disconnect")
  @Described(
      value = "Closes the user's connections, or those of one device.",
      refusals = ErrorCode.UNAVAILABLE)
  Mono<Closed> disconnect(
      @PathVariable String userId, @RequestBody(required = false) @Nullable Disconnect body) {
    Disconnect asked = body == null ? Disconnect.ALL : body;
    String reason = asked.reason() == null ? CloseCode.FORBIDDEN.reason() : asked.reason();
    return connections
        .close(Ids.check("userId", userId), asked.deviceId(), reason)
        .map(closed -> new Closed(closed.size()));
  }
}
