package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@link NotificationCommand}s are answered with. */
public sealed interface NotificationReply extends Reply {

  /**
   * A page of notifications.
   *
   * @param unread how many are unread, on all pages
   * @param cursor where the next page begins; absent on the last one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Page(
      List<NotificationEvent.Notification> notifications, long unread, @Nullable String cursor)
      implements NotificationReply {}

  /** How many are unread now. */
  record Unread(long unread) implements NotificationReply {}
}
