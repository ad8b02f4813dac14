package dev.realtime.gateway.notification;

import dev.realtime.gateway.notification.PlatformNotifications.Request;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.idempotency.GroupedKeys;
import dev.realtime.gateway.store.idempotency.GroupedKeys.Claim;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Stores the notifications of calls to few users each: calls that arrive while others are stored
 * share one transaction, and one statement if none of them has an idempotency key. A group waits
 * for nobody: a call whose key or whose users another transaction holds is left to its caller.
 */
@Component
final class GroupedCalls {

  /** Calls of up to 100 users each, so that a group takes some tenths of a second at most. */
  private static final int GROUP = 50;

  private static final int WAITING = 2_000;

  /** What became of a call. */
  enum Outcome {
    STORED,
    /** The idempotency key was used for another call. */
    CONFLICT,
    /** Nothing was done, because another transaction holds the key or one of the users. */
    HELD
  }

  private record Call(Request request, @Nullable Claim claim) {

    /** Two calls with one idempotency key do not share a group. */
    Object key() {
      return claim == null ? new Object() : claim.key();
    }
  }

  private final Database database;
  private final Notifications notifications;
  private final GroupedKeys keys;
  private final Batcher<Call, Outcome> batcher =
      Batcher.named("notifications of the API")
          .groupsOf(GROUP)
          .waiting(WAITING)
          .calling(Call::key, this::store);

  GroupedCalls(Database database, Notifications notifications, GroupedKeys keys) {
    this.database = database;
    this.notifications = notifications;
    this.keys = keys;
  }

  /**
   * Stores a call; completes after the commit, and the pushes follow.
   *
   * @param claim null for a call without an idempotency key
   */
  Mono<Outcome> store(Request request, @Nullable Claim claim) {
    return batcher.submit(new Call(request, claim));
  }

  private Mono<List<Outcome>> store(List<Call> calls) {
    List<Claim> claims = calls.stream().map(Call::claim).filter(Objects::nonNull).toList();
    return claims.isEmpty()
        ? store(calls, Map.of())
        : database.inTransaction(
            keys.claim(PlatformNotifications.CALL, claims)
                .flatMap(claimed -> store(calls, claimed)));
  }

  private Mono<List<Outcome>> store(List<Call> calls, Map<String, GroupedKeys.Outcome> claimed) {
    List<Call> fresh =
        calls.stream().filter(call -> claimedOf(call, claimed) == GroupedKeys.Outcome.NEW).toList();
    return notifications
        .addFree(fresh.stream().map(call -> call.request().addition()).toList())
        .delayUntil(stored -> keys.release(PlatformNotifications.CALL, held(fresh, stored)))
        .delayUntil(stored ->
            database.afterCommit(
                () -> notifications.push(stored.stream().flatMap(Optional::stream).toList())))
        .map(stored -> outcomes(calls, claimed, fresh, stored));
  }

  private static GroupedKeys.Outcome claimedOf(
      Call call, Map<String, GroupedKeys.Outcome> claimed) {
    Claim claim = call.claim();
    return claim == null
        ? GroupedKeys.Outcome.NEW
        : claimed.getOrDefault(claim.key(), GroupedKeys.Outcome.HELD);
  }

  /** Returns the keys of the calls that were not stored. */
  private static List<String> held(List<Call> fresh, List<Optional<Notified>> stored) {
    List<String> held = new ArrayList<>();
    for (int i = 0; i < fresh.size(); i++) {
      Claim claim = fresh.get(i).claim();
      if (claim != null && stored.get(i).isEmpty()) {
        held.add(claim.key());
      }
    }
    return held;
  }

  private static List<Outcome> outcomes(
      List<Call> calls,
      Map<String, GroupedKeys.Outcome> claimed,
      List<Call> fresh,
      List<Optional<Notified>> stored) {
    // Two calls may be equal.
    IdentityHashMap<Call, Outcome> outcomes = new IdentityHashMap<>();
    for (int i = 0; i < fresh.size(); i++) {
      outcomes.put(fresh.get(i), stored.get(i).isPresent() ? Outcome.STORED : Outcome.HELD);
    }
    return calls.stream()
        .map(call ->
            switch (claimedOf(call, claimed)) {
              case NEW -> Objects.requireNonNull(outcomes.get(call));
              case REPEATED -> Outcome.STORED;
              case CONFLICT -> Outcome.CONFLICT;
              case HELD -> Outcome.HELD;
            })
        .toList();
  }
}
