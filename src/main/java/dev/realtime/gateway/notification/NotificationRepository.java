package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.NotificationEvent.Notification;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Page;
import dev.realtime.gateway.store.Query;
import dev.realtime.gateway.store.Row;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The SQL of notifications; its functions are {@code R__*_notifications.sql}. */
@Component
public final class NotificationRepository {

  // One row of its own, so that the notifications are read in the order of their index whatever the
  // cached plan is.
  private static final String COUNTER =
      "(select c.%s from notification_counters c where c.user_id = :userId)";

  /** Leaves out notifications that were replaced or have expired. */
  static final String SHOWN =
      " and n.withdrawn_at is null and (n.expires_at is null or n.expires_at > now())\n";

  // Those at or below the counter's position were read when it was moved there. The page is cut
  // before large values are read; JSON has at least as many bytes as these columns.
  private static final String PAGE =
      """
      select n.id, n.position, n.type, n.title, n.message, n.data, n.collapse_key, n.created_at,
             coalesce(n.read_at, case when n.position <= %s then %s end) as read_at
      from (
        select p.*, sum(p.size) over (order by p.position %%2$s) - p.size as before
        from (
          select n.*, octet_length(n.message) + octet_length(coalesce(n.data::text, '')) as size
          from notifications n
          where n.user_id = :userId and %%1$s %s
          order by n.position %%2$s limit :limit) p) n
      where n.before < %d
      order by n.position %%2$s
      """
          .formatted(
              COUNTER.formatted("read_up_to"),
              COUNTER.formatted("read_all_at"),
              SHOWN,
              Bounds.ITEM_BYTES);

  private static final String BEFORE = PAGE.formatted("n.position < :position", "desc");

  private static final String UNREAD_BEFORE =
      PAGE.formatted(
          "n.position < :position and n.read_at is null and n.position > "
              + COUNTER.formatted("read_up_to"),
          "desc");

  private static final String AFTER =
      PAGE.formatted("n.position > :position and n.position <= :last", "asc");

  private static final String ANNOUNCE_STREAM =
      """
      insert into stream_announcements (stream_id, host_id, title)
      values (:streamId, :hostId, :title)
      on conflict do nothing
      """;

  private static final String CREATE_COUNTERS =
      """
      insert into notification_counters (user_id)
      select u.user_id from unnest(:users) as u (user_id) order by u.user_id collate "C"
      on conflict do nothing
      """;

  private static final String LAST_POSITIONS =
      """
      select user_id, last_position from notification_counters where user_id = any (:users)
      """;

  /**
   * A stored notification.
   *
   * @param position its number among the notifications of its user
   */
  record Stored(long position, Notification notification) {}

  /**
   * The result of reading notifications.
   *
   * @param known whether there is such a notification
   * @param changed whether at least one of the notifications was unread before
   */
  record Reading(boolean known, boolean changed, long unread) {}

  private final Database database;

  NotificationRepository(Database database) {
    this.database = database;
  }

  /**
   * Records a stream to be announced to its host's followers; does nothing if it was recorded
   * before.
   */
  Mono<Void> announceStream(String streamId, String hostId, String title) {
    return database
        .sql(ANNOUNCE_STREAM)
        .bind("streamId", streamId)
        .bind("hostId", hostId)
        .bind("title", title)
        .then();
  }

  /** Creates the counters of users who have none yet. */
  Mono<Void> createCounters(Collection<String> userIds) {
    return database.sql(CREATE_COUNTERS).bindTexts("users", userIds).then();
  }

  /** Returns the notifications below a position, newest first. */
  Mono<Page<Stored>> before(String userId, long position, boolean unreadOnly, int limit) {
    Query asked =
        database
            .sql(unreadOnly ? UNREAD_BEFORE : BEFORE)
            .bind("userId", userId)
            .bind("position", position);
    return page(asked, limit);
  }

  /** Returns the notifications above a position and up to another one, oldest first. */
  Mono<Page<Stored>> after(String userId, long position, long last, int limit) {
    Query asked =
        database.sql(AFTER).bind("userId", userId).bind("position", position).bind("last", last);
    return page(asked, limit);
  }

  private static Mono<Page<Stored>> page(Query asked, int limit) {
    return asked
        .page(limit, NotificationRepository::stored)
        .map(page -> page.within(Bounds.ITEM_BYTES, each -> WireJson.bytes(each.notification())));
  }

  private static Stored stored(Row row) {
    return new Stored(
        row.number("position"),
        new Notification(
            row.id("id").toString(),
            row.text("type"),
            row.text("title"),
            row.text("message"),
            row.optionalTree("data"),
            row.optionalText("collapse_key"),
            row.instant("created_at"),
            row.optionalInstant("read_at"),
            null));
  }

  Mono<Long> unread(String userId) {
    return database
        .sql("select count_unread(:userId) as count")
        .bind("userId", userId)
        .map(row -> row.number("count"))
        .one();
  }

  /** Returns the last position of each user; a user who never had a notification is missing. */
  Mono<Map<String, Long>> lastPositions(Collection<String> userIds) {
    return database
        .sql(LAST_POSITIONS)
        .bindTexts("users", userIds)
        .toMap(row -> row.text("user_id"), row -> row.number("last_position"));
  }

  /** Marks a notification as read, or all of them if the id is null. */
  Mono<Reading> read(String userId, @Nullable UUID id) {
    Query read =
        database
            .sql("select known, changed, unread from read_notifications(:userId, :id)")
            .bind("userId", userId);
    return read.bind("id", id, UUID.class)
        .map(row -> new Reading(row.flag("known"), row.flag("changed"), row.number("unread")))
        .one();
  }

  /** Records that a device has received these notifications. */
  Mono<Void> acknowledge(String userId, List<UUID> ids) {
    return database
        .sql("select acknowledge_notifications(:userId, :ids)::text")
        .bind("userId", userId)
        .bind("ids", ids.toArray(UUID[]::new))
        .then();
  }

  /**
   * Records that devices of these users have received their notifications up to these positions.
   *
   * @param positions the positions, one per user
   */
  public Mono<Void> acknowledge(List<String> userIds, List<Long> positions) {
    return database
        .sql("select acknowledge_positions(:users, :positions)::text")
        .bindTexts("users", userIds)
        .bind("positions", positions.toArray(Long[]::new))
        .then();
  }
}
