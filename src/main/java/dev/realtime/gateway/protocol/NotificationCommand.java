package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands about the caller's notifications, section 6 of the protocol. */
public sealed interface NotificationCommand extends Command {

  /** Reads a page of the notifications, the newest first. */
  @JsonTypeName("notification:list")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ListNotifications(
      @Nullable String cursor, @Nullable Integer limit, @Nullable Boolean unreadOnly)
      implements NotificationCommand {

    public ListNotifications {
      if (cursor != null) {
        Checks.text("cursor", cursor, 1, Bounds.CURSOR_LENGTH);
      }
      if (limit != null) {
        Checks.between("limit", limit, 1, Bounds.PAGE);
      }
    }
  }

  /**
   * Marks one notification as read, or all of them.
   *
   * @param all {@code true} instead of an id
   */
  @JsonTypeName("notification:read")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ReadNotification(@Nullable String id, @Nullable Boolean all)
      implements NotificationCommand {
    public ReadNotification {
      id = Checks.optionalOwnId("id", id);
      if ((id == null) == !Boolean.TRUE.equals(all)) {
        throw GatewayException.badRequest("id", "Give exactly one of id and all: true.");
      }
    }
  }

  /**
   * Acknowledges that this device has the notifications; the gateway then sends them no other way.
   *
   * @param ids at most 200
   */
  @JsonTypeName("notification:ack")
  record AcknowledgeNotifications(List<String> ids) implements NotificationCommand {

    public AcknowledgeNotifications {
      ids =
          Checks.ids("ids", Checks.required("ids", ids), Bounds.ACKNOWLEDGED).stream()
              .map(Identifiers::canonical)
              .distinct()
              .toList();
    }
  }
}
