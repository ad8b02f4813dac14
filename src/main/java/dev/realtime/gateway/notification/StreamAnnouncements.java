package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import dev.realtime.gateway.work.RepeatedWarning;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Notifies the followers of a host that a stream has started: in groups, in the order of their ids.
 * Each transaction stores a group's notifications and the progress, so that another instance can
 * continue where a killed one stopped.
 */
@Component
final class StreamAnnouncements implements Sweeping {

  private static final String TYPE = "stream.started";

  private static final Duration PERIOD = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(StreamAnnouncements.class);
  private static final int GROUP = 500;

  private static final String NEXT =
      """
      select stream_id, host_id, title, after_user from stream_announcements
      where finished_at is null and announced_at <= clock_timestamp() order by announced_at limit 1 for update skip locked
      """;

  // The stream moves to the end of the queue, so a host with a million followers delays no other
  // host.
  private static final String ADVANCE =
      """
      update stream_announcements
      set after_user = :afterUser, announced_at = clock_timestamp(),
          finished_at = case when :last then now() end
      where stream_id = :streamId
      """;

  // The one that failed: it goes behind the others, and is next again in half a minute.
  private static final String POSTPONE =
      """
      update stream_announcements set announced_at = clock_timestamp() + interval '30 s'
      where stream_id = :streamId and finished_at is null
      """;

  private record Announcement(String streamId, String hostId, String title, String afterUser) {

    NewNotification content() {
      return NewNotification.own(
          TYPE,
          title,
          "",
          WireJson.mapper().valueToTree(Map.of("streamId", streamId, "hostId", hostId)));
    }
  }

  private final Database database;
  private final Notifications notifications;
  private final Follows follows;
  private final RepeatedWarning postponed =
      new RepeatedWarning(log, "Could not announce a stream, trying again later");
  private final Sweeper sweeper =
      new Sweeper("stream announcements", PERIOD, Mono.defer(this::tellSome));

  StreamAnnouncements(Database database, Notifications notifications, Follows follows) {
    this.database = database;
    this.notifications = notifications;
    this.follows = follows;
  }

  /** Notifies a group. An announcement that fails is postponed, and stops no other. */
  private Mono<Boolean> tellSome() {
    AtomicReference<Announcement> current = new AtomicReference<>();
    return next()
        .doOnNext(current::set)
        .flatMap(announcement ->
            follows
                .followers(announcement.hostId(), announcement.afterUser(), GROUP)
                .flatMap(users -> tell(announcement, users)))
        .flatMap(
            notified -> database.afterCommit(() -> notifications.push(notified)).thenReturn(true))
        .as(database::inTransaction)
        .onErrorResume(failure -> postpone(current.get(), failure));
  }

  private Mono<Boolean> postpone(@Nullable Announcement failed, Throwable failure) {
    if (failed == null || Failures.isTransient(failure)) {
      return Mono.error(failure);
    }
    postponed.log(failure);
    return database.sql(POSTPONE).bind("streamId", failed.streamId()).then().thenReturn(true);
  }

  private Mono<Announcement> next() {
    return database.sql(NEXT).map(StreamAnnouncements::announcement).one();
  }

  private static Announcement announcement(Row row) {
    return new Announcement(
        row.text("stream_id"), row.text("host_id"), row.text("title"), row.text("after_user"));
  }

  private Mono<Notified> tell(Announcement announcement, List<String> users) {
    boolean last = users.size() < GROUP;
    return notifications
        .add(new Addition(announcement.content(), users, TYPE + ' ' + announcement.streamId()))
        .delayUntil(_ ->
            database
                .sql(ADVANCE)
                .bind("streamId", announcement.streamId())
                .bind("afterUser", last ? announcement.afterUser() : users.getLast())
                .bind("last", last)
                .then());
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
