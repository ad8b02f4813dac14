package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.idempotency.IdempotencyKeys;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Notifies users on behalf of the platform, once per idempotency key. */
@Component
public final class PlatformNotifications {

  private static final String CALL = "notifications";

  /**
   * A request of the platform.
   *
   * @param userIds the users, without duplicates
   */
  public record Request(List<String> userIds, NewNotification content) {}

  /** The number of users who were notified. */
  public record Accepted(int accepted) {}

  private final Database database;
  private final Notifications notifications;
  private final IdempotencyKeys keys;

  /**
   * Limits concurrent calls: each may lock thousands of rows, and a retry waits for the first call
   * while it holds a connection of the pool.
   */
  private final Bulkhead bulkhead = new Bulkhead("notifications of the API", 2, 100);

  PlatformNotifications(Database database, Notifications notifications, IdempotencyKeys keys) {
    this.database = database;
    this.notifications = notifications;
    this.keys = keys;
  }

  /**
   * Notifies users; completes after the commit, and the pushes follow.
   *
   * @param key the idempotency key, under which a repeated request has no effect and gets the same
   *     reply; null for none
   * @return fails with {@code conflict} if the key was used for another request, with {@code
   *     unavailable} if too many calls are in progress
   */
  public Mono<Accepted> send(Request request, @Nullable String key) {
    Mono<Accepted> effect =
        notifications
            .add(new Addition(request.content(), request.userIds(), null))
            .delayUntil(notified -> database.afterCommit(() -> notifications.push(notified)))
            .map(notified -> new Accepted(notified.places().size()));
    return bulkhead.run(keys.once(CALL, key, request, Accepted.class, effect));
  }
}
