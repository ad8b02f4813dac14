package dev.realtime.gateway.notification;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Notifies users: each notification is stored, then pushed to all devices of its user. */
@Component
public final class Notifications {

  private final AddStatement statement;
  private final NotificationRepository notifications;
  private final NotificationPushes pushes;
  private final WebhookOutbox outbox;

  /**
   * The time that devices have to acknowledge before the notification is handed off to the
   * platform.
   */
  private final Duration patience;

  Notifications(
      AddStatement statement,
      NotificationRepository notifications,
      NotificationPushes pushes,
      WebhookOutbox outbox,
      GatewayProperties properties) {
    this.statement = statement;
    this.notifications = notifications;
    this.pushes = pushes;
    this.outbox = outbox;
    this.patience = properties.webhook().undeliveredAfter();
  }

  /**
   * Stores notifications in the caller's transaction with one statement; after its commit the
   * caller calls {@link #push}.
   *
   * @param additions the notifications of one user are stored in their order
   * @return the results in the order of the additions
   */
  public Mono<List<Notified>> add(List<Addition> additions) {
    return statement
        .run(additions, handOffMillis(), true)
        .map(results -> results.stream().flatMap(Optional::stream).toList());
  }

  /** Stores a notification as {@link #add(List)} does. */
  public Mono<Notified> add(Addition addition) {
    return add(List.of(addition)).map(List::getFirst);
  }

  /**
   * Stores notifications as {@link #add(List)} does, but waits for no other transaction.
   *
   * @return the results in the order of the additions; empty for an addition that was not stored,
   *     because another transaction is changing notifications of one of its users
   */
  Mono<List<Optional<Notified>>> addFree(List<Addition> additions) {
    return statement.run(additions, handOffMillis(), false);
  }

  private @Nullable Long handOffMillis() {
    return outbox.wants(WebhookType.NOTIFICATION_UNDELIVERED) ? patience.toMillis() : null;
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
   * Creates the counters of users who have none yet, with a commit of its own. A transaction that
   * stores for many users would else keep the new counters from all others until its own commit.
   */
  Mono<Void> meet(Collection<String> userIds) {
    return notifications.createCounters(userIds);
  }

  /** Pushes a committed notification as {@link #push(List)} does. */
  public void push(Notified notified) {
    push(List.of(notified));
  }

  /**
   * Pushes committed notifications in their order. Returns at once; the comparison of positions
   * recovers lost pushes.
   */
  public void push(List<Notified> notified) {
    pushes.push(notified);
  }
}
