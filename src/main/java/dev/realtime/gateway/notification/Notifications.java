package dev.realtime.gateway.notification;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.IdempotencyKeys;
import dev.realtime.gateway.store.Lanes;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Telling users something: stored, then pushed to all their devices. */
@Component
public final class Notifications {

  private static final String CALL = "notifications";

  private final Database database;
  private final NotificationRepository notifications;
  private final NotificationPushes pushes;
  private final IdempotencyKeys keys;

  /** Calls for thousands of users lock them all, and one that is repeated waits for the first. */
  private final Lanes lanes = new Lanes(2, 100);

  private final WebhookOutbox outbox;

  /** How long the devices have before the platform is told. */
  private final Duration patience;

  Notifications(
      Database database,
      NotificationRepository notifications,
      NotificationPushes pushes,
      IdempotencyKeys keys,
      WebhookOutbox outbox,
      GatewayProperties properties) {
    this.database = database;
    this.notifications = notifications;
    this.pushes = pushes;
    this.keys = keys;
    this.outbox = outbox;
    this.patience = properties.webhook().undeliveredAfter();
  }

  /**
   * What the platform asks for.
   *
   * @param userIds without duplicates
   */
  public record Request(List<String> userIds, NewNotification content) {}

  /** How many users are told. */
  public record Accepted(int accepted) {}

  /**
   * Tells users on behalf of the platform; completes after the commit, the pushes follow.
   *
   * @param key the same key and request again: the same answer, and nothing more; null for no key
   * @return fails with {@code conflict} if the key was used for another request, with {@code
   *     unavailable} where too many calls are under way
   */
  public Mono<Accepted> send(Request request, @Nullable String key) {
    Mono<Accepted> effect =
        add(request.content(), request.userIds(), null)
            .delayUntil(notified -> database.afterCommit(() -> push(notified)))
            .map(notified -> new Accepted(notified.places().size()));
    return lanes.run(keys.once(CALL, key, request, Accepted.class, effect));
  }

  /**
   * Stores a notification in the caller's transaction; after its commit the caller calls {@link
   * #push}.
   *
   * @param userIds without duplicates; none is fine
   * @param source what it is made from: nobody is told twice of the same; null for no such thing
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
   * Notes, in the caller's transaction if there is one, that a stream has begun; its host's
   * followers are told within seconds of the commit, by any instance. A stream is announced once,
   * however often this is called.
   */
  public Mono<Void> streamStarted(String streamId, String hostId, String title) {
    return notifications.announceStream(streamId, hostId, title);
  }

  /** Pushes what has been committed. Returns at once; what is lost on the way is found again. */
  public void push(Notified notified) {
    pushes.push(notified);
  }
}
