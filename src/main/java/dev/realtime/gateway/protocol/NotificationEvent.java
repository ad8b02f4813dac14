package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Pushes about notifications, section 6 of the protocol. */
public sealed interface NotificationEvent extends Event {

  /**
   * A notification, pushed to every device of its user; also an entry of a list.
   *
   * @param type the subject: a word of the platform, or one of the gateway's
   * @param data an object for the app; null for none
   * @param collapseKey the notification replaces an older one with the same key; null for none
   * @param readAt when the user read it; null while it is unread
   * @param replayed {@code true} in a replay, absent otherwise
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

    /** Returns this notification with {@code replayed} set. */
    public Notification asReplayed() {
      return new Notification(id, type, title, message, data, collapseKey, createdAt, readAt, true);
    }
  }

  /**
   * A device of the user marked one notification, or all, as read.
   *
   * @param all {@code true} instead of an id
   * @param unread how many notifications are unread now
   */
  @JsonTypeName("notification:read")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record NotificationsRead(@Nullable String id, @Nullable Boolean all, long unread)
      implements NotificationEvent {}
}
