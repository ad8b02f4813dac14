package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Pushes about notifications, section 6 of the protocol. */
public sealed interface NotificationEvent extends Event {

  /**
   * Something a user is told, on every device; also an entry of a list.
   *
   * @param type what it is about: the platform's own word, or one of the gateway's
   * @param data an object for the app; null for none
   * @param collapseKey it takes the place of an older one with the same key; null for none
   * @param readAt when it was read; null while it is not
   * @param replayed {@code true} when sent to catch up, absent otherwise
   */
  @JsonTypeName("notification")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Notification(
      String id,
      String type,
      String title,
      String message,
      @Nullable JsonNode data,
      @Nullable String collapseKey,
      Instant createdAt,
      @Nullable Instant readAt,
      @Nullable Boolean replayed)
      implements NotificationEvent {

    /** The same, marked as sent to catch up. */
    public Notification asReplayed() {
      return new Notification(id, type, title, message, data, collapseKey, createdAt, readAt, true);
    }
  }

  /**
   * One of the user's devices has read one, or all.
   *
   * @param all {@code true} in the place of an id
   * @param unread how many are unread now
   */
  @JsonTypeName("notification:read")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record NotificationsRead(@Nullable String id, @Nullable Boolean all, long unread)
      implements NotificationEvent {}
}
