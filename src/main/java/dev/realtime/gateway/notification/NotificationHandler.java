package dev.realtime.gateway.notification;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.notification.NotificationRepository.Stored;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.NotificationCommand;
import dev.realtime.gateway.protocol.NotificationEvent;
import dev.realtime.gateway.protocol.NotificationReply;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.session.Answer;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.store.Page;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Handles the notification commands of connections; section 6 of the protocol. */
@Component
public final class NotificationHandler {

  private final NotificationRepository notifications;
  private final RoomPublisher publisher;

  NotificationHandler(NotificationRepository notifications, RoomPublisher publisher) {
    this.notifications = notifications;
    this.publisher = publisher;
  }

  /** Executes a command; fails with the error for the reply. */
  public Mono<Answer> handle(Connection connection, NotificationCommand command) {
    String userId = connection.userId();
    return switch (command) {
      case NotificationCommand.ListNotifications list -> list(userId, list).map(Answer::of);
      case NotificationCommand.ReadNotification read -> read(userId, read).map(Answer::of);
      case NotificationCommand.AcknowledgeNotifications have ->
          acknowledge(userId, have).thenReturn(Answer.done());
    };
  }

  private Mono<NotificationReply.Page> list(
      String userId, NotificationCommand.ListNotifications command) {
    int limit = Objects.requireNonNullElse(command.limit(), Bounds.DEFAULT_PAGE);
    boolean unreadOnly = Boolean.TRUE.equals(command.unreadOnly());
    return Mono.fromSupplier(() -> position(command.cursor()))
        .flatMap(below ->
            notifications
                .before(userId, below, unreadOnly, limit)
                .zipWith(notifications.unread(userId)))
        .map(found -> page(found.getT1(), found.getT2()));
  }

  /** Parses a cursor, which is the position of the last notification of the previous page. */
  private static long position(@Nullable String cursor) {
    try {
      return cursor == null ? Long.MAX_VALUE : Long.parseLong(cursor);
    } catch (NumberFormatException notACursor) {
      throw GatewayException.badRequest("cursor", "The cursor is invalid for this list.");
    }
  }

  private static NotificationReply.Page page(Page<Stored> found, long unread) {
    List<Stored> shown = found.items();
    String cursor = found.hasMore() ? Long.toString(shown.getLast().position()) : null;
    return new NotificationReply.Page(
        shown.stream().map(Stored::notification).toList(), unread, cursor);
  }

  private Mono<NotificationReply.Unread> read(
      String userId, NotificationCommand.ReadNotification command) {
    return notification(command.id())
        .flatMap(known -> notifications.read(userId, known))
        .switchIfEmpty(Mono.defer(() -> readAll(userId, command)))
        .filter(NotificationRepository.Reading::known)
        .switchIfEmpty(Mono.error(NotificationHandler::unknown))
        .doOnNext(reading -> tell(userId, command, reading))
        .map(reading -> new NotificationReply.Unread(reading.unread()));
  }

  private Mono<NotificationRepository.Reading> readAll(
      String userId, NotificationCommand.ReadNotification command) {
    return command.id() == null
        ? notifications.read(userId, null)
        : Mono.error(NotificationHandler::unknown);
  }

  private static Mono<UUID> notification(@Nullable String id) {
    return id == null ? Mono.empty() : Mono.justOrEmpty(Identifiers.parse(id));
  }

  private static GatewayException unknown() {
    return GatewayException.field(ErrorCode.NOT_FOUND, "id", "There is no such notification.");
  }

  /** Publishes the change, so that all devices of the user show it. */
  private void tell(
      String userId,
      NotificationCommand.ReadNotification command,
      NotificationRepository.Reading reading) {
    if (reading.changed()) {
      publisher.publish(
          RoomId.user(userId),
          new NotificationEvent.NotificationsRead(command.id(), command.all(), reading.unread()));
    }
  }

  /** Acknowledges notifications. Ignores unknown ids, and ids of other users, without an error. */
  private Mono<Void> acknowledge(
      String userId, NotificationCommand.AcknowledgeNotifications command) {
    List<UUID> ids =
        command.ids().stream().map(Identifiers::parse).filter(Objects::nonNull).toList();
    return notifications.acknowledge(userId, ids).then();
  }
}
