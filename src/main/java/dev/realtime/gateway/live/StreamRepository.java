package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.protocol.StreamPlan;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The rows of streams and of their moderators. */
@Component
final class StreamRepository {

  private static final String CREATE =
      """
      insert into streams (id, host_id, title, playback_url, end_on_host_loss)
      values (:id, :hostId, :title, :playbackUrl, :endOnHostLoss) on conflict do nothing
      """;

  private static final String FACTS =
      """
      select s.id, s.host_id, s.title, s.playback_url, s.end_on_host_loss, s.last_rev, s.status,
             s.started_at, s.ended_at, s.slow_mode, s.pinned, s.rules_rev,
             array(select m.user_id from live_moderators m where m.stream_id = s.id) as moderators,
      """;

  private static final String FIND =
      FACTS + "null::json as sanctions from streams s where s.id = :id";

  private static final String SANCTIONS =
      """
      json_agg(json_build_object(
        'kind', x.kind, 'userId', x.user_id,
        'until', case when x.until <> 'infinity' then (extract(epoch from x.until) * 1000)::bigint end))
      """;

  // Sanctions that have not changed are not read again.
  private static final String FIND_WITH_SANCTIONS =
      FACTS
          + "case when s.rules_rev <> :known then (select "
          + SANCTIONS
          + """
          from (select * from live_sanctions l where l.stream_id = s.id and l.until > now()
                order by l.until limit :most) x)
          end as sanctions
          from streams s where s.id = :id
          """;

  private static final String FIND_FOR_USER =
      FACTS
          + "(select "
          + SANCTIONS
          + """
          from live_sanctions x
          where x.stream_id = s.id and x.user_id = :userId and x.until > now()) as sanctions
          from streams s where s.id = :id
          """;

  private static final String STANDINGS =
      """
      select p.ord::int as ord, coalesce(s.rules_rev, 0) as rules_rev, (select
      """
          + SANCTIONS
          + """
          from live_sanctions x where x.stream_id = p.stream_id and x.user_id = p.user_id
            and x.until > now()) as sanctions
          from unnest(:streams, :users) with ordinality as p (stream_id, user_id, ord)
          left join streams s on s.id = p.stream_id
          """;

  private static final String START =
      """
      update streams set status = 'started', started_at = clock_timestamp() where id = :id
      """;

  private static final String END =
      """
      update streams set status = 'ended', ended_at = clock_timestamp(),
        peak_viewers = :peak, unique_viewers = :unique
      where id = :id
      """;

  private static final String SET_FACTS =
      """
      update streams set title = coalesce(:title, title),
        playback_url = coalesce(:playbackUrl, playback_url)
      where id = :id
      """;

  private static final String MODERATORS =
      """
      insert into live_moderators (stream_id, user_id)
      select :id, m from unnest(:users) as m on conflict do nothing
      """;

  private final Database database;

  StreamRepository(Database database) {
    this.database = database;
  }

  /** Inserts a stream; returns false, and changes nothing, if a stream with this id exists. */
  Mono<Boolean> insert(String id, StreamPlan plan) {
    return database
        .sql(CREATE)
        .bind("id", id)
        .bind("hostId", plan.hostId())
        .bind("title", plan.title())
        .bind("playbackUrl", plan.playbackUrl(), String.class)
        .bind("endOnHostLoss", plan.endOnHostLoss())
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  /** Adds the first moderators of a new stream. */
  Mono<Void> addModerators(String id, Collection<String> users) {
    return users.isEmpty()
        ? Mono.empty()
        : database.sql(MODERATORS).bind("id", id).bindTexts("users", users).then();
  }

  /** Returns a stream without its sanctions; empty if there is no such stream. */
  Mono<Stream> find(String id) {
    return database.sql(FIND).bind("id", id).map(StreamRepository::stream).one();
  }

  /**
   * Returns a stream with its sanctions; empty if there is no such stream.
   *
   * @param known the sanctions that the caller knows, which are read again only if they have
   *     changed
   */
  Mono<Stream> find(String id, Sanctions known) {
    return database
        .sql(FIND_WITH_SANCTIONS)
        .bind("id", id)
        .bind("known", known.rev())
        .bind("most", Sanctions.MOST + 1)
        .map(StreamRepository::stream)
        .one()
        .map(stream -> stream.sanctions().rev() == known.rev() ? stream.with(known) : stream);
  }

  /** Returns the sanctions of each of these users, in their order. */
  Mono<List<StreamAccess.Standing>> standings(List<StreamAccess.Person> people) {
    return database
        .sql(STANDINGS)
        .bindColumn("streams", people, String.class, StreamAccess.Person::streamId)
        .bindColumn("users", people, String.class, StreamAccess.Person::userId)
        .map(row -> new StreamAccess.Standing(row.number("rules_rev"), sanctions(row)))
        .inOrder(people.size());
  }

  /** Returns the last {@code rev} of each stream; unknown streams are missing from the map. */
  Mono<Map<String, Long>> revs(Collection<String> ids) {
    return database
        .sql("select id, last_rev from streams where id = any (:ids)")
        .bindTexts("ids", Set.copyOf(ids))
        .toMap(row -> row.text("id"), row -> row.number("last_rev"));
  }

  /**
   * Locks a stream until the caller's transaction ends, and then reads it with the sanctions of one
   * user; empty if there is no such stream.
   */
  Mono<Stream> lock(String id, String userId) {
    return database
        .sql("select 1 from streams where id = :id for no key update")
        .bind("id", id)
        .map(_ -> true)
        .one()
        .flatMap(_ ->
            database
                .sql(FIND_FOR_USER)
                .bind("id", id)
                .bind("userId", userId)
                .map(StreamRepository::stream)
                .one());
  }

  /**
   * Sets the status of a stream, and the time of the change.
   *
   * @param figures the viewers to store at the end; null if they are unknown
   */
  Mono<Void> setStatus(String id, StreamStatus status, Viewers.@Nullable Figures figures) {
    if (status == StreamStatus.STARTED) {
      return database.sql(START).bind("id", id).then();
    }
    return database
        .sql(END)
        .bind("id", id)
        .bind("peak", figures == null ? null : figures.peak(), Long.class)
        .bind("unique", figures == null ? null : figures.unique(), Long.class)
        .then();
  }

  /** Sets the title and the playback URL of a stream; null keeps the stored value. */
  Mono<Void> setFacts(String id, @Nullable String title, @Nullable String playbackUrl) {
    return database
        .sql(SET_FACTS)
        .bind("id", id)
        .bind("title", title, String.class)
        .bind("playbackUrl", playbackUrl, String.class)
        .then();
  }

  /** Returns the ids of streams whose hosts' ids begin so, and that are at least this old. */
  Mono<List<String>> ofHosts(String hostPrefix, Duration age, int most) {
    return database
        .sql(
            """
            select id from streams
            where host_id between :prefix and :prefix || chr(1114111)
              and created_at < now() - make_interval(secs => :age)
            order by host_id limit :most
            """)
        .bind("prefix", hostPrefix)
        .bind("age", age.toSeconds())
        .bind("most", most)
        .map(row -> row.text("id"))
        .list();
  }

  Mono<Void> delete(String id) {
    return database.sql("delete from streams where id = :id").bind("id", id).then();
  }

  private static List<Sanctions.Sanction> sanctions(Row row) {
    Sanctions.Sanction[] found = row.optionalJson("sanctions", Sanctions.Sanction[].class);
    return found == null ? List.of() : List.of(found);
  }

  private static Stream stream(Row row) {
    return new Stream(
        row.text("id"),
        row.text("host_id"),
        row.text("title"),
        row.optionalText("playback_url"),
        row.flag("end_on_host_loss"),
        row.number("last_rev"),
        StreamStatus.of(row.text("status")),
        row.optionalInstant("started_at"),
        row.optionalInstant("ended_at"),
        row.integer("slow_mode"),
        row.optionalJson("pinned", LiveEvent.LiveMessage.class),
        Set.copyOf(row.texts("moderators")),
        Sanctions.read(row.number("rules_rev"), sanctions(row)));
  }
}
