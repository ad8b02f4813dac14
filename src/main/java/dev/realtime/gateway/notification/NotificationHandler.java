package dev.realtime.gateway.notification;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.notification.NotificationRepository.Stored;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.NotificationCommand;
import dev.realtime.gateway.protocol.NotificationEvent;
import dev.realtime.gateway.protocol.NotificationReply;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.session.Connection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** What a connection may ask of its user's notifications; section 6 of the protocol. */
@Component
public final class NotificationHandler {

  private final NotificationRepository notifications;
  private final RoomPublisher publisher;

  NotificationHandler(NotificationRepository notifications, RoomPublisher publisher) {
    this.notifications = notifications;
    this.publisher = publisher;
  }

  /**
   * Carries out a command and answers it.
   *
   * @param id the command's id; without one it gets no ack
   * @return completes when the answer is on its way; fails with the refusal
   */
  public Mono<Void> handle(
      Connection connection, @Nullable String id, NotificationCommand command) {
    return switch (command) {
      case NotificationCommand.ListNotifications list -> list(connection, id, list);
      case NotificationCommand.ReadNotification read -> read(connection, id, read);
      case NotificationCommand.AcknowledgeNotifications have -> acknowledge(connection, id, have);
    };
  }

  private Mono<Void> list(
      Connection connection, @Nullable String id, NotificationCommand.ListNotifications command) {
    int limit =
        Objects.requireNonNullElse(
            command.limit(), NotificationCommand.ListNotifications.DEFAULT_LIMIT);
    boolean unreadOnly = Boolean.TRUE.equals(command.unreadOnly());
    // One more than asked tells whether there is more.
    return Mono.fromSupplier(() -> position(command.cursor()))
        .flatMap(below ->
            notifications
                .before(connection.userId(), below, unreadOnly, limit + 1)
                .collectList()
                .zipWith(notifications.unread(connection.userId())))
        .flatMap(found -> connection.reply(id, page(found.getT1(), limit, found.getT2())));
  }

  /** A cursor is the position of the last one shown. */
  private static long position(@Nullable String cursor) {
    try {
      return cursor == null ? Long.MAX_VALUE : Long.parseLong(cursor);
    } catch (NumberFormatException notACursor) {
      throw GatewayException.badRequest("cursor", "This is not a cursor of notifications.");
    }
  }

  private static NotificationReply.Page page(List<Stored> found, int limit, long unread) {
    List<Stored> shown = found.subList(0, Math.min(limit, found.size()));
    String cursor = found.size() > limit ? Long.toString(shown.getLast().position()) : null;
    return new NotificationReply.Page(
        shown.stream().map(Stored::notification).toList(), unread, cursor);
  }

  private Mono<Void> read(
      Connection connection, @Nullable String id, NotificationCommand.ReadNotification command) {
    return notification(command.id())
        .flatMap(known -> notifications.read(connection.userId(), known))
        .switchIfEmpty(Mono.defer(() -> readAll(connection, command)))
        .filter(NotificationRepository.Reading::known)
        .switchIfEmpty(Mono.error(NotificationHandler::unknown))
        .doOnNext(reading -> tell(connection.userId(), command, reading))
        .flatMap(reading -> connection.reply(id, new NotificationReply.Unread(reading.unread())));
  }

  private Mono<NotificationRepository.Reading> readAll(
      Connection connection, NotificationCommand.ReadNotification command) {
    return command.id() == null
        ? notifications.read(connection.userId(), null)
        : Mono.error(NotificationHandler::unknown);
  }

  private static Mono<UUID> notification(@Nullable String id) {
    return id == null ? Mono.empty() : Mono.justOrEmpty(Identifiers.parse(id));
  }

  private static GatewayException unknown() {
    return GatewayException.field(ErrorCode.NOT_FOUND, "id", "There is no such notification.");
  }

  /** Keeps the user's devices in step; where nothing has changed they are. */
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

  /** Ids that are not the user's, or nobody's, are passed over: there is nothing to be told. */
  private Mono<Void> acknowledge(
      Connection connection,
      @Nullable String id,
      NotificationCommand.AcknowledgeNotifications command) {
    List<UUID> ids =
        command.ids().stream().map(Identifiers::parse).filter(Objects::nonNull).toList();
    return notifications
        .acknowledge(connection.userId(), ids)
        .then(Mono.defer(() -> connection.reply(id, Reply.Done.DONE)));
  }
}
