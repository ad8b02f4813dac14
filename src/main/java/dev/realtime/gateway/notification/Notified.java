package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.protocol.NotificationEvent.Notification;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A notification that has been stored for some users, and is still to be pushed.
 *
 * @param places one for each user; empty when all of them had it already
 */
public record Notified(NewNotification content, List<Place> places) {

  /**
   * Whose it is.
   *
   * @param position its number among those of the user
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
