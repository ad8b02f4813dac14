package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.protocol.NotificationEvent.Notification;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A notification that has been stored for some users and is yet to be pushed.
 *
 * @param places one for each user; empty if all of them had the notification already
 */
public record Notified(NewNotification content, List<Place> places) {

  /**
   * The stored notification of one user.
   *
   * @param position its number among the notifications of the user
   */
  record Place(String userId, UUID id, long position, Instant createdAt) {}

  Notification at(Place place) {
    return new Notification(
        place.id().toString(),
        content.type(),
        content.title(),
        content.message(),
        content.data(),
        content.collapseKey(),
        place.createdAt(),
        null,
        null);
  }
}
