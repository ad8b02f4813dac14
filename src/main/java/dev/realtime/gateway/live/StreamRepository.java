package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.protocol.StreamPlan;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Query;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The rows of streams and who moderates them. */
@Component
class StreamRepository {

  private static final String CREATE =
      """
      insert into streams (id, host_id, title, playback_url, end_on_host_loss)
      values ($1, $2, $3, $4, $5) on conflict do nothing
      """;

  /** Sanctions that last, each as a kind, its end in ms (empty for never) and a user. */
  private static final String FIND =
      """
      select s.id, s.host_id, s.title, s.playback_url, s.end_on_host_loss, s.last_rev, s.status,
             s.started_at, s.ended_at, s.slow_mode, s.pinned::text as pinned,
             array(select m.user_id from live_moderators m where m.stream_id = s.id) as moderators,
             array(select x.kind || ' ' || coalesce(
                            (extract(epoch from x.until) * 1000)::bigint::text, '') || ' ' || x.user_id
                   from live_sanctions x
                   where x.stream_id = s.id and (x.until is null or x.until > now())) as sanctions
      from streams s where s.id = $1
      """;

  private static final String MODERATORS =
      """
      insert into live_moderators (stream_id, user_id)
      select $1, m from unnest($2) as m on conflict do nothing
      """;

  private final Database database;
  private final EnvelopeCodec codec;

  StreamRepository(Database database, EnvelopeCodec codec) {
    this.database = database;
    this.codec = codec;
  }

  /** True if it was not there before; else nothing has changed. */
  Mono<Boolean> insert(String id, StreamPlan plan) {
    return database
        .sql(CREATE)
        .bind("$1", id)
        .bind("$2", plan.hostId())
        .bind("$3", plan.title())
        .bind("$4", plan.playbackUrl(), String.class)
        .bind("$5", plan.endOnHostLoss())
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  /** Makes these its first moderators. */
  Mono<Void> addModerators(String id, Collection<String> users) {
    return users.isEmpty()
        ? Mono.empty()
        : database.sql(MODERATORS).bind("$1", id).bind("$2", users.toArray(String[]::new)).then();
  }

  /** Empty if there is no such stream. */
  Mono<Stream> find(String id) {
    return database.sql(FIND).bind("$1", id).map(this::stream).one();
  }

  /** The last changes that everybody was told of; streams that are not there are missing. */
  Mono<Map<String, Long>> revs(Collection<String> ids) {
    return database
        .sql("select id, last_rev from streams where id = any ($1)")
        .bind("$1", ids.stream().distinct().toArray(String[]::new))
        .map(row ->
            Map.entry(text(row, "id"), Objects.requireNonNull(row.get("last_rev", Long.class))))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  /** The same while nobody else may change it, until the caller's transaction ends. */
  Mono<Stream> lock(String id) {
    return database
        .sql("select 1 from streams where id = $1 for no key update")
        .bind("$1", id)
        .map(_ -> true)
        .one()
        .flatMap(_ -> find(id));
  }

  /**
   * Moves a stream on.
   *
   * @param figures stored at the end; null for unknown
   */
  Mono<Void> setStatus(String id, StreamStatus status, Viewers.@Nullable Figures figures) {
    String sql =
        status == StreamStatus.STARTED
            ? "update streams set status = 'started', started_at = clock_timestamp() where id = $1"
            : "update streams set status = 'ended', ended_at = clock_timestamp(),"
                + " peak_viewers = $2, unique_viewers = $3 where id = $1";
    Query statement = database.sql(sql).bind("$1", id);
    return status == StreamStatus.STARTED
        ? statement.then()
        : statement
            .bind("$2", figures == null ? null : figures.peak(), Long.class)
            .bind("$3", figures == null ? null : figures.unique(), Long.class)
            .then();
  }

  /** Null leaves what is there. */
  Mono<Void> setFacts(String id, @Nullable String title, @Nullable String playbackUrl) {
    return database
        .sql(
            "update streams set title = coalesce($2, title),"
                + " playback_url = coalesce($3, playback_url) where id = $1")
        .bind("$1", id)
        .bind("$2", title, String.class)
        .bind("$3", playbackUrl, String.class)
        .then();
  }

  Mono<Void> delete(String id) {
    return database.sql("delete from streams where id = $1").bind("$1", id).then();
  }

  private Stream stream(Readable row) {
    Map<String, Instant> mutes = new HashMap<>();
    Map<String, Instant> bans = new HashMap<>();
    for (String sanction : texts(row, "sanctions")) {
      String[] parts = sanction.split(" ", 3);
      Instant until =
          parts[1].isEmpty() ? Instant.MAX : Instant.ofEpochMilli(Long.parseLong(parts[1]));
      ("ban".equals(parts[0]) ? bans : mutes).put(parts[2], until);
    }
    String pinned = row.get("pinned", String.class);
    return new Stream(
        text(row, "id"),
        text(row, "host_id"),
        text(row, "title"),
        row.get("playback_url", String.class),
        Boolean.TRUE.equals(row.get("end_on_host_loss", Boolean.class)),
        Objects.requireNonNull(row.get("last_rev", Long.class)),
        StreamStatus.of(text(row, "status")),
        row.get("started_at", Instant.class),
        row.get("ended_at", Instant.class),
        Objects.requireNonNull(row.get("slow_mode", Integer.class)),
        pinned == null ? null : codec.readData(pinned, LiveEvent.LiveMessage.class),
        Set.of(texts(row, "moderators")),
        Map.copyOf(mutes),
        Map.copyOf(bans));
  }

  private static String[] texts(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, String[].class), column);
  }

  private static String text(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, String.class), column);
  }
}
