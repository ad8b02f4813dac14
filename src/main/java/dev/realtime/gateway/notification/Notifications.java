package dev.realtime.gateway.notification;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Notifies users: each notification is stored, then pushed to all devices of its user. */
@Component
public final class Notifications {

  private final NotificationRepository notifications;
  private final NotificationPushes pushes;
  private final WebhookOutbox outbox;

  /**
   * The time that devices have to acknowledge before the notification is handed off to the
   * platform.
   */
  private final Duration patience;

  Notifications(
      NotificationRepository notifications,
      NotificationPushes pushes,
      WebhookOutbox outbox,
      GatewayProperties properties) {
    this.notifications = notifications;
    this.pushes = pushes;
    this.outbox = outbox;
    this.patience = properties.webhook().undeliveredAfter();
  }

  /**
   * Stores a notification in the caller's transaction; after its commit the caller calls {@link
   * #push}.
   *
   * @param userIds the users, without duplicates; may be empty
   * @param source the object that the notification is about, which is notified once per user; null
   *     for none
   */
  public Mono<Notified> add(
      NewNotification content, Collection<String> userIds, @Nullable String source) {
    Long handOff = outbox.wants(WebhookType.NOTIFICATION_UNDELIVERED) ? patience.toMillis() : null;
    return userIds.isEmpty()
        ? Mono.just(new Notified(content, List.of()))
        : notifications
            .add(content, userIds, source, handOff)
            .collectList()
            .map(places -> new Notified(content, places));
  }

  /**
   * Records, in the caller's transaction if there is one, that a stream has started; any instance
   * notifies its host's followers within seconds of the commit. A stream is announced once, however
   * often this is called.
   */
  public Mono<Void> streamStarted(String streamId, String hostId, String title) {
    return notifications.announceStream(streamId, hostId, title);
  }

  /**
   * Pushes a committed notification. Returns at once; the comparison of positions recovers lost
   * pushes.
   */
  public void push(Notified notified) {
    pushes.push(notified);
  }
}
