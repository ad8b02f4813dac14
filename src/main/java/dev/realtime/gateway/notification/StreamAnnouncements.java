package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Sweeper;
import dev.realtime.gateway.store.Sweeping;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells the followers of a host that a stream has begun: some at a time, in the order of their ids,
 * each group and how far it went in one transaction, so that it goes on where a killed instance
 * stopped.
 */
@Component
final class StreamAnnouncements implements Sweeping {

  /** The type of the notification. */
  private static final String TYPE = "stream.started";

  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final int GROUP = 500;
  private static final JsonMapper JSON = WireJson.mapper();

  private static final String NEXT =
      """
      select stream_id, host_id, title, after_user from stream_announcements
      where finished_at is null order by announced_at limit 1 for update skip locked
      """;

  // Then it is another stream's turn: a host with a million followers holds up no other.
  private static final String ADVANCE =
      """
      update stream_announcements
      set after_user = $2, announced_at = clock_timestamp(),
          finished_at = case when $3 then now() end
      where stream_id = $1
      """;

  private record Announcement(String streamId, String hostId, String title, String afterUser) {

    NewNotification content() {
      return NewNotification.own(
          TYPE, title, "", JSON.valueToTree(Map.of("streamId", streamId, "hostId", hostId)));
    }
  }

  private final Database database;
  private final Notifications notifications;
  private final Follows follows;
  private final Sweeper sweeper =
      new Sweeper("stream announcements", PERIOD, Mono.defer(this::tellSome));

  StreamAnnouncements(Database database, Notifications notifications, Follows follows) {
    this.database = database;
    this.notifications = notifications;
    this.follows = follows;
  }

  private Mono<Boolean> tellSome() {
    return next()
        .flatMap(announcement ->
            follows
                .followers(announcement.hostId(), announcement.afterUser(), GROUP)
                .flatMap(users -> tell(announcement, users)))
        .flatMap(
            notified -> database.afterCommit(() -> notifications.push(notified)).thenReturn(true))
        .as(database::inTransaction);
  }

  private Mono<Announcement> next() {
    return database.sql(NEXT).map(StreamAnnouncements::announcement).one();
  }

  private static Announcement announcement(Readable row) {
    return new Announcement(
        text(row, "stream_id"), text(row, "host_id"), text(row, "title"), text(row, "after_user"));
  }

  private static String text(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, String.class));
  }

  private Mono<Notified> tell(Announcement announcement, List<String> users) {
    boolean last = users.size() < GROUP;
    return notifications
        .add(announcement.content(), users, TYPE + ' ' + announcement.streamId())
        .delayUntil(_ ->
            database
                .sql(ADVANCE)
                .bind("$1", announcement.streamId())
                .bind("$2", last ? announcement.afterUser() : users.getLast())
                .bind("$3", last)
                .then());
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
