package dev.realtime.gateway.web;

import dev.realtime.gateway.notification.Follows;
import dev.realtime.gateway.notification.PlatformNotifications;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.protocol.NewNotification;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;

/** Notifications for the platform's backend; section 10 of the protocol. */
@RestController
@RequestMapping("/api/v1")
final class NotificationController {

  private final PlatformNotifications notifications;
  private final Follows follows;

  NotificationController(PlatformNotifications notifications, Follows follows) {
    this.notifications = notifications;
    this.follows = follows;
  }

  record NewNotifications(
      @Nullable List<String> userIds,
      @Nullable String type,
      @Nullable String title,
      @Nullable String message,
      @Nullable JsonNode data,
      @Nullable String collapseKey,
      @Nullable Instant expiresAt) {

    PlatformNotifications.Request request() {
      return new PlatformNotifications.Request(users(), content());
    }

    /** Returns the users, without duplicates. */
    private List<String> users() {
      if (userIds == null || userIds.isEmpty() || userIds.size() > Bounds.NOTIFIED_USERS) {
        throw GatewayException.badRequest("userIds", "userIds must hold 1 to 10000 ids.");
      }
      return userIds.stream().map(id -> Ids.check("userIds", id)).distinct().toList();
    }

    private NewNotification content() {
      return new NewNotification(
          required("type", type),
          required("title", title),
          required("message", message),
          data,
          collapseKey,
          expiresAt);
    }

    private static String required(String field, @Nullable String value) {
      if (value == null || value.isBlank()) {
        throw GatewayException.badRequest(field, field + " is required.");
      }
      return value;
    }
  }

  /**
   * Sends a notification; a repeated Idempotency-Key with the same body returns the first reply and
   * sends nothing.
   */
  @PostMapping("/notifications")
  @Described(
      value = "Sends a notification to users: stores it, then pushes it to all their devices.",
      refusals = {ErrorCode.CONFLICT, ErrorCode.UNAVAILABLE})
  @ResponseStatus(HttpStatus.ACCEPTED)
  Mono<PlatformNotifications.Accepted> send(
      @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
      @RequestBody NewNotifications body) {
    // Reading and comparing 10,000 ids must not occupy a thread that serves sockets.
    return Mono.fromSupplier(body::request)
        .subscribeOn(Schedulers.parallel())
        .flatMap(request -> notifications.send(request, key));
  }

  @Described(
      value =
          "Makes a user follow a host. Followers are notified when a stream of the host starts.",
      refusals = ErrorCode.UNAVAILABLE)
  @PutMapping("/users/{userId}/follows/{followedId}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> follow(@PathVariable String userId, @PathVariable String followedId) {
    return follows.add(Ids.check("userId", userId), Ids.check("followedId", followedId));
  }

  @Described(
      value = "Makes a user unfollow a host; 204 even if the user did not follow the host.",
      refusals = ErrorCode.UNAVAILABLE)
  @DeleteMapping("/users/{userId}/follows/{followedId}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> unfollow(@PathVariable String userId, @PathVariable String followedId) {
    return follows.remove(Ids.check("userId", userId), Ids.check("followedId", followedId));
  }
}
