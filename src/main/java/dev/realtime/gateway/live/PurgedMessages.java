package dev.realtime.gateway.live;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The messages of users who were purged from a stream. A purge writes one mark, and from then on no
 * read shows the messages before it; this sweeper deletes them some at a time. A mark names the
 * {@code rev} of the purge: it covers every message that was published at an earlier {@code rev} of
 * the stream, whatever the clocks of the instances show.
 */
@Component
public final class PurgedMessages implements Sweeping {

  private static final Duration PERIOD = Duration.ofSeconds(10);

  /** The most messages that one transaction deletes. */
  private static final int DELETED_AT_ONCE = 1_000;

  private static final String MARK =
      """
      insert into live_purges (stream_id, user_id, before_rev) values (:streamId, :userId, :rev)
      on conflict (stream_id, user_id) do update
      set before_rev = excluded.before_rev, purged_at = clock_timestamp(),
          sweep_at = clock_timestamp()
      """;

  // The claim is a transaction of its own: a purge whose deletion fails moves behind the others.
  private static final String CLAIM =
      """
      update live_purges p set sweep_at = clock_timestamp() + interval '30 s'
      from (select stream_id, user_id from live_purges where sweep_at <= clock_timestamp()
            order by sweep_at limit 1 for update skip locked) due
      where p.stream_id = due.stream_id and p.user_id = due.user_id
      returning p.stream_id, p.user_id, p.before_rev
      """;

  private static final String DELETE =
      """
      delete from live_messages where ctid = any (array(
        select ctid from live_messages
        where stream_id = :streamId and user_id = :userId and rev < :rev
        limit :most for update skip locked))
      """;

  private static final String AGAIN =
      """
      update live_purges set sweep_at = clock_timestamp()
      where stream_id = :streamId and user_id = :userId
      """;

  // A message may be stored up to half a minute after it was published. A second sweep deletes such
  // messages, and the mark.
  private static final String SWEPT =
      """
      with over as (
        delete from live_purges
        where stream_id = :streamId and user_id = :userId and before_rev = :rev
          and purged_at < clock_timestamp() - interval '2 min')
      update live_purges set sweep_at = purged_at + interval '130 s'
      where stream_id = :streamId and user_id = :userId and before_rev = :rev
        and purged_at >= clock_timestamp() - interval '2 min'
      """;

  private record Purge(String streamId, String userId, long beforeRev) {}

  private final Database database;
  private final Sweeper sweeper =
      new Sweeper("purged messages of streams", PERIOD, Mono.defer(this::deleteSome));

  PurgedMessages(Database database) {
    this.database = database;
  }

  /**
   * Marks the messages of a user as purged, in the caller's transaction.
   *
   * @param rev the {@code rev} of the purge; later messages are published at this one or higher
   */
  Mono<Void> mark(String streamId, String userId, long rev) {
    return database
        .sql(MARK)
        .bind("streamId", streamId)
        .bind("userId", userId)
        .bind("rev", rev)
        .then()
        .then(database.afterCommit(sweeper::wake));
  }

  private Mono<Boolean> deleteSome() {
    return database
        .sql(CLAIM)
        .map(PurgedMessages::purge)
        .one()
        .flatMap(purge -> deleteSome(purge).thenReturn(true));
  }

  private static Purge purge(Row row) {
    return new Purge(row.text("stream_id"), row.text("user_id"), row.number("before_rev"));
  }

  private Mono<Void> deleteSome(Purge purge) {
    return database
        .sql(DELETE)
        .bind("streamId", purge.streamId())
        .bind("userId", purge.userId())
        .bind("rev", purge.beforeRev())
        .bind("most", DELETED_AT_ONCE)
        .rowsUpdated()
        .flatMap(rows -> rows < DELETED_AT_ONCE ? swept(purge) : again(purge));
  }

  private Mono<Void> again(Purge purge) {
    return database
        .sql(AGAIN)
        .bind("streamId", purge.streamId())
        .bind("userId", purge.userId())
        .then();
  }

  private Mono<Void> swept(Purge purge) {
    return database
        .sql(SWEPT)
        .bind("streamId", purge.streamId())
        .bind("userId", purge.userId())
        .bind("rev", purge.beforeRev())
        .then();
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
