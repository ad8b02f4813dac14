package dev.realtime.gateway.live;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.protocol.StreamStatus;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The streams there are. */
@Component
public class Streams {

  /** Joiners and speakers ask the database once in this time, however many they are. */
  private static final Duration FRESH = Duration.ofSeconds(10);

  private static final int CACHED = 10_000;

  private static final String CREATE =
      "insert into streams (id, host_id, title) values ($1, $2, $3) on conflict do nothing";

  private static final String FIND =
      "select id, host_id, title, playback_url, status from streams where id = $1";

  /**
   * A stream that is there.
   *
   * @param created whether it was not there before
   */
  public record Known(StreamState stream, boolean created) {}

  private final DatabaseClient database;
  private final AsyncCache<String, Optional<StreamState>> cache =
      Caffeine.newBuilder().expireAfterWrite(FRESH).maximumSize(CACHED).buildAsync();

  Streams(DatabaseClient database) {
    this.database = database;
  }

  /** Creates a stream, or finds the one with this id, which is left unchanged. */
  public Mono<Known> create(@Nullable String id, String hostId, String title) {
    String streamId = id == null ? Identifiers.next().toString() : id;
    return database
        .sql(CREATE)
        .bind("$1", streamId)
        .bind("$2", hostId)
        .bind("$3", title)
        .fetch()
        .rowsUpdated()
        .flatMap(rows -> find(streamId).map(stream -> new Known(stream, rows > 0)))
        .doOnNext(_ -> cache.synchronous().invalidate(streamId));
  }

  /** Removes a stream; nothing happens if it is not there. */
  public Mono<Void> delete(String streamId) {
    return database
        .sql("delete from streams where id = $1")
        .bind("$1", streamId)
        .then()
        .doOnSuccess(_ -> cache.synchronous().invalidate(streamId));
  }

  /** A stream, at most this instance's cache time old; empty if there is none. */
  Mono<StreamState> get(String streamId) {
    return Mono.fromFuture(
            cache.get(
                streamId,
                (id, _) -> find(id).map(Optional::of).defaultIfEmpty(Optional.empty()).toFuture()),
            true)
        .flatMap(Mono::justOrEmpty);
  }

  private Mono<StreamState> find(String streamId) {
    return database.sql(FIND).bind("$1", streamId).map(Streams::stream).one();
  }

  private static StreamState stream(Readable row) {
    return new StreamState(
        text(row, "id"),
        StreamStatus.of(text(row, "status")),
        text(row, "title"),
        text(row, "host_id"),
        row.get("playback_url", String.class));
  }

  private static String text(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, String.class), column);
  }
}
