package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The replies to {@link NotificationCommand}s. */
public sealed interface NotificationReply extends Reply {

  /**
   * The reply to {@code notification:list}: a page of notifications.
   *
   * @param unread how many notifications are unread, on all pages
   * @param cursor start of the next page; absent on the last page
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Page(
      List<NotificationEvent.Notification> notifications, long unread, @Nullable String cursor)
      implements NotificationReply {}

  /** The number of notifications that are unread now. */
  record Unread(long unread) implements NotificationReply {}
}
