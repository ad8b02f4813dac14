package dev.realtime.gateway.notification;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Counts what clients missed while they were away. The resumes of all connections share their
 * statements.
 */
@Component
final class MissedNotifications {

  // The limits keep each part of the plan on its index, whatever the size of the tables was when
  // the
  // statement was prepared.
  private static final String MISSED =
      """
      select k.ord::int as ord, count_unread(k.user_id) as unread, k.position,
             (select count(*) from (
                select 1 from notifications n
                where n.user_id = k.user_id and n.position > k.position and n.position <= k.since
      """
          + NotificationRepository.SHOWN
          + """
                    limit :limit) x) as missed
          from (
            select a.*, (select n.position from notifications n
                         where n.id = a.id and n.user_id = a.user_id limit 1) as position
            from unnest(:users, :ids, :sinces) with ordinality as a (user_id, id, since, ord)
            offset 0) k
          """;

  /** How many resumes may wait; more are refused. */
  private static final int WAITING = 100_000;

  /** The time a statement waits for more resumes after another; a single one does not wait. */
  private static final Duration REST = Duration.ofMillis(5);

  private record Asked(String userId, @Nullable UUID after, long since) {}

  /**
   * What a client missed.
   *
   * @param unread the user's unread notifications
   * @param position the position of the notification that the client knows, even if it was
   *     withdrawn; null if the user has none with this id
   * @param count how many notifications follow it that a replay would send, up to one more than a
   *     replay may have; 0 without a position
   */
  record Missed(long unread, @Nullable Long position, long count) {}

  private final Database database;
  private final int replayLimit;
  private final Batcher<Asked, Missed> counts =
      Batcher.named("missed notifications").waiting(WAITING).resting(REST).calling(this::read);

  MissedNotifications(Database database, GatewayProperties properties) {
    this.database = database;
    this.replayLimit = properties.limits().replay();
  }

  /**
   * Counts what a client missed.
   *
   * @param after id of the last notification that the client knows; null if it knows none
   * @param since the position after which the client receives notifications without a replay
   */
  Mono<Missed> of(String userId, @Nullable UUID after, long since) {
    return counts.submit(new Asked(userId, after, since));
  }

  private Mono<List<Missed>> read(List<Asked> asked) {
    return database
        .sql(MISSED)
        .bindColumn("users", asked, String.class, Asked::userId)
        .bindColumn("ids", asked, UUID.class, Asked::after)
        .bindColumn("sinces", asked, Long.class, Asked::since)
        .bind("limit", replayLimit + 1)
        .map(MissedNotifications::missed)
        .inOrder(asked.size());
  }

  private static Missed missed(Row row) {
    return new Missed(row.number("unread"), row.optionalNumber("position"), row.number("missed"));
  }
}
