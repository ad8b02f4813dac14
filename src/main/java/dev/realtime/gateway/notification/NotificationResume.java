package dev.realtime.gateway.notification;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.SessionReply.Outcome;
import dev.realtime.gateway.protocol.SessionReply.ResumedNotifications;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.session.CatchUp;
import dev.realtime.gateway.session.Connection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The notifications of a {@code session:resume}. A connection is given everything from its welcome
 * on by its user's room; what is replayed lies before that, so nothing comes twice.
 */
@Component
public final class NotificationResume {

  private static final int PAGE = 50;

  private final NotificationRepository notifications;
  private final NotificationLog changes;
  private final int replayLimit;

  NotificationResume(
      NotificationRepository notifications, NotificationLog changes, GatewayProperties properties) {
    this.notifications = notifications;
    this.changes = changes;
    this.replayLimit = properties.limits().replay();
  }

  /**
   * A resume that is about to be answered.
   *
   * @param reply for the ack; null where no notification was named
   * @param follow to be run once the ack is on its way: the replay, and what has come meanwhile. It
   *     completes at once, the sending is paced by the socket. It must be run
   */
  public record Prepared(@Nullable ResumedNotifications reply, Mono<Void> follow) {

    private static final Prepared NOTHING = new Prepared(null, Mono.empty());
  }

  private record Gap(Outcome outcome, long from, long to, long unread) {}

  /**
   * Finds out what was missed. From then on nothing is pushed until {@link Prepared#follow}, so
   * that the ack comes first, then the replay, then what is newer.
   *
   * @param after the last notification the client has; null for none named
   * @param sameEpoch whether it belongs to the present data
   */
  public Mono<Prepared> prepare(Connection connection, @Nullable String after, boolean sameEpoch) {
    Place ownRoom = connection.rooms().place(RoomId.user(connection.userId()));
    if (after == null || ownRoom == null) {
      return Mono.just(Prepared.NOTHING);
    }
    // An earlier resume of this connection must have gone live again.
    return connection
        .afterReplays()
        .then(
            Mono.defer(() ->
                gap(
                    connection.userId(),
                    sameEpoch ? Identifiers.parse(after) : null,
                    ownRoom.since())))
        .flatMap(gap -> ownRoom.hold().map(live -> prepared(connection, ownRoom, gap, live)));
  }

  private Mono<Gap> gap(String userId, @Nullable UUID after, long since) {
    Mono<Long> known = after == null ? Mono.empty() : notifications.position(userId, after);
    return notifications
        .unread(userId)
        .flatMap(unread ->
            known
                .flatMap(position -> gap(userId, position, since, unread))
                .defaultIfEmpty(new Gap(Outcome.SNAPSHOT, since, since, unread)));
  }

  private Mono<Gap> gap(String userId, long position, long since, long unread) {
    return notifications
        .countBetween(userId, position, since, replayLimit + 1)
        .map(missed ->
            missed <= replayLimit
                ? new Gap(Outcome.RECOVERED, Math.min(position, since), since, unread)
                : new Gap(Outcome.SNAPSHOT, since, since, unread));
  }

  private Prepared prepared(Connection connection, Place ownRoom, Gap gap, long live) {
    ownRoom.since(gap.from());
    Mono<Void> replay =
        replay(connection, gap)
            .then(new CatchUp(changes, connection, ownRoom, live).run());
    return new Prepared(
        new ResumedNotifications(gap.outcome(), gap.unread()),
        Mono.defer(() -> connection.replay("the notifications it missed", replay)));
  }

  private Mono<Void> replay(Connection connection, Gap gap) {
    AtomicLong position = new AtomicLong(gap.from());
    AtomicBoolean more = new AtomicBoolean(gap.from() < gap.to());
    return Mono.defer(() -> page(connection, position.get(), gap.to()))
        .flatMap(page -> {
          more.set(page.size() == PAGE && !connection.isClosing());
          page.forEach(stored -> position.set(stored.position()));
          return send(connection, page);
        })
        .repeat(more::get)
        .then();
  }

  private Mono<List<NotificationRepository.Stored>> page(
      Connection connection, long from, long to) {
    return from < to
        ? notifications.after(connection.userId(), from, to, PAGE).collectList()
        : Mono.just(List.of());
  }

  private Mono<Void> send(Connection connection, List<NotificationRepository.Stored> page) {
    return Flux.fromIterable(page)
        .map(stored -> changes.frame(stored.notification().asReplayed(), stored.position()))
        .concatMap(frame -> connection.paced(frame, () -> true), 1)
        .then();
  }
}
