package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Turns;
import dev.realtime.gateway.store.idempotency.GroupedKeys;
import dev.realtime.gateway.store.idempotency.IdempotencyKeys;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Notifies users on behalf of the platform, once per idempotency key. Calls to few users are stored
 * in groups; calls to many users take turns of their own, so that they hold up no others.
 */
@Component
public final class PlatformNotifications {

  static final String CALL = "notifications";

  /** The most users of a call that shares a transaction with others. */
  private static final int FEW = 100;

  /**
   * A request of the platform.
   *
   * @param userIds the users, without duplicates
   */
  public record Request(List<String> userIds, NewNotification content) {

    Addition addition() {
      return new Addition(content, userIds, null);
    }
  }

  /** The number of users who were notified. */
  public record Accepted(int accepted) {}

  private final Database database;
  private final Notifications notifications;
  private final IdempotencyKeys keys;
  private final GroupedCalls calls;

  /** Calls that lock thousands of rows each. */
  private final Bulkhead many = new Bulkhead("notifications to many users", 2, 100);

  /**
   * Calls that wait for another transaction while they hold a connection of the pool: of those that
   * begin with the same user one at a time, so that a user who is held keeps no others waiting.
   */
  private final Turns held =
      new Turns(new Bulkhead("notifications to users who are held", 2, 200), 100);

  PlatformNotifications(
      Database database, Notifications notifications, IdempotencyKeys keys, GroupedCalls calls) {
    this.database = database;
    this.notifications = notifications;
    this.keys = keys;
    this.calls = calls;
  }

  /**
   * Notifies users; completes after the commit, and the pushes follow.
   *
   * @param key the idempotency key, under which a repeated request has no effect and gets the same
   *     reply; null for none
   * @return fails with {@code conflict} if the key was used for another request, with {@code
   *     unavailable} if too many calls are in progress, or if another transaction holds the users
   *     for more than some seconds
   */
  public Mono<Accepted> send(Request request, @Nullable String key) {
    return request.userIds().size() > FEW
        ? many.run(notifications.meet(request.userIds()).then(alone(request, key)))
        : Mono.defer(() -> grouped(request, key));
  }

  private Mono<Accepted> grouped(Request request, @Nullable String key) {
    Accepted answer = new Accepted(request.userIds().size());
    return calls
        .store(request, key == null ? null : GroupedKeys.Claim.of(key, request, answer))
        .flatMap(outcome ->
            switch (outcome) {
              case STORED -> Mono.just(answer);
              case CONFLICT -> Mono.error(GroupedKeys.conflict());
              case HELD -> held.take(request.userIds().getFirst(), alone(request, key));
            });
  }

  private Mono<Accepted> alone(Request request, @Nullable String key) {
    Mono<Accepted> effect =
        notifications
            .add(request.addition())
            .delayUntil(notified -> database.afterCommit(() -> notifications.push(notified)))
            .map(notified -> new Accepted(notified.places().size()));
    return keys.once(CALL, key, request, Accepted.class, effect);
  }
}
