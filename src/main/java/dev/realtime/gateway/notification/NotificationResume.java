package dev.realtime.gateway.notification;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.notification.MissedNotifications.Missed;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionReply.Outcome;
import dev.realtime.gateway.protocol.SessionReply.ResumedNotifications;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.session.CatchUp;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.PagedReplay;
import dev.realtime.gateway.session.ResumePart;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Resumes notifications in a {@code session:resume}. The user's room delivers every notification
 * after the welcome; the replay ends before that, so that none is sent twice.
 */
@Component
final class NotificationResume implements ResumePart {

  private static final int PAGE = 50;

  private final MissedNotifications missed;
  private final NotificationRepository notifications;
  private final NotificationLog changes;
  private final int replayLimit;

  NotificationResume(
      MissedNotifications missed,
      NotificationRepository notifications,
      NotificationLog changes,
      GatewayProperties properties) {
    this.missed = missed;
    this.notifications = notifications;
    this.changes = changes;
    this.replayLimit = properties.limits().replay();
  }

  /** What the client missed, and the positions between which it is replayed. */
  private record Gap(Outcome outcome, long from, long to, Missed missed) {}

  @Override
  public Stage stage() {
    return Stage.OWN_ROOM;
  }

  /**
   * Counts what the client missed and holds the user's room until the reply is on its way, so that
   * the client gets the reply first, then the replay, then newer notifications.
   */
  @Override
  public Mono<Resumption> prepare(
      Connection connection, SessionCommand.Resume resume, boolean sameEpoch) {
    String after = resume.notificationsAfter();
    Place ownRoom = connection.rooms().place(RoomId.user(connection.userId()));
    if (after == null || ownRoom == null) {
      return Mono.empty();
    }
    UUID known = sameEpoch ? Identifiers.parse(after) : null;
    // An earlier resume of this connection must have let the user's room go live again.
    return connection
        .afterReplays()
        .then(
            Mono.defer(() ->
                ownRoom.isLive() ? hold(connection, ownRoom, known) : later(connection.userId())));
  }

  private Mono<Resumption> hold(Connection connection, Place ownRoom, @Nullable UUID known) {
    return missed
        .of(connection.userId(), known, ownRoom.since())
        .map(counted -> gap(counted, ownRoom.since()))
        .flatMap(gap ->
            CatchUp.holding(changes, connection, ownRoom)
                .map(held -> prepared(connection, gap, held)));
  }

  /**
   * Makes the client ask again: its room opened while the database was down, and has not read yet
   * from where it delivers.
   */
  private Mono<Resumption> later(String userId) {
    return missed
        .of(userId, null, 0)
        .map(counted ->
            new Resumption(
                reply ->
                    reply.withNotifications(
                        new ResumedNotifications(Outcome.UNAVAILABLE, counted.unread())),
                Mono.empty()));
  }

  private Gap gap(Missed missed, long since) {
    Long position = missed.position();
    if (position == null || missed.count() > replayLimit) {
      return new Gap(Outcome.SNAPSHOT, since, since, missed);
    }
    return new Gap(Outcome.RECOVERED, Math.min(position, since), since, missed);
  }

  private Resumption prepared(Connection connection, Gap gap, CatchUp held) {
    held.place().since(gap.from());
    Mono<Void> replay = replay(connection, gap).then(held.run());
    return new Resumption(
        reply ->
            reply.withNotifications(new ResumedNotifications(gap.outcome(), gap.missed().unread())),
        Mono.defer(() -> connection.replay("the notifications it missed", replay)));
  }

  private Mono<Void> replay(Connection connection, Gap gap) {
    return gap.from() >= gap.to() || gap.missed().count() == 0
        ? Mono.empty()
        : new PagedReplay<>(
                from -> notifications.after(connection.userId(), from, gap.to(), PAGE),
                NotificationRepository.Stored::position)
            .send(gap.from(), () -> !connection.isClosing(), stored -> send(connection, stored));
  }

  private Mono<Void> send(Connection connection, NotificationRepository.Stored stored) {
    return connection.paced(
        changes.frame(stored.notification().asReplayed(), stored.position()), () -> true);
  }
}
