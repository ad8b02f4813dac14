package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.Eviction;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Sweeper;
import dev.realtime.gateway.store.Sweeping;
import io.r2dbc.postgresql.codec.Json;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What lasts in the room of a stream: its status, moderation for all, and who was put out. Chat,
 * reactions and counts do not. A change is kept for a day: it fills what an instance has missed on
 * the bus, which it notices within seconds.
 */
@Component
final class LiveLog implements RoomLog, Sweeping {

  private static final int PAGE = 200;
  private static final Duration PERIOD = Duration.ofHours(1);

  private static final String POSITIONS = "select id, last_rev from streams where id = any ($1)";

  private static final String CHANGES =
      """
      select rev, event, data, evicts from live_changes where stream_id = $1 and rev > $2
      order by rev limit $3
      """;

  private static final String ADD =
      """
      with counted as (
        update streams set last_rev = last_rev + 1 where id = $1 returning last_rev)
      insert into live_changes (stream_id, rev, event, data, evicts)
      select $1, last_rev, $2, $3::jsonb, $4 from counted
      returning rev
      """;

  private static final String FORGET =
      """
      delete from live_changes where ctid = any (array(
        select ctid from live_changes where changed_at < now() - interval '1 day'
        limit $1 for update skip locked))
      """;

  private final Database database;
  private final EnvelopeCodec codec;
  private final FrameEncoder encoder;
  private final Sweeper sweeper;

  LiveLog(Database database, EnvelopeCodec codec, FrameEncoder encoder) {
    this.database = database;
    this.codec = codec;
    this.encoder = encoder;
    this.sweeper =
        Sweeper.forgetting(
            "old changes of streams", PERIOD, most -> database.sql(FORGET).bind("$1", most));
  }

  @Override
  public RoomId.Kind kind() {
    return RoomId.Kind.LIVE;
  }

  @Override
  public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
    return database
        .sql(POSITIONS)
        .bind("$1", rooms.stream().map(RoomId::id).toArray(String[]::new))
        .map(row -> Map.entry(RoomId.live(text(row, "id")), number(row, "last_rev")))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  @Override
  public Flux<Frame> changesAfter(RoomId room, long rev) {
    return database
        .sql(CHANGES)
        .bind("$1", room.id())
        .bind("$2", rev)
        .bind("$3", PAGE)
        .map(this::frame)
        .all();
  }

  private Frame frame(Readable row) {
    long rev = number(row, "rev");
    String evicts = row.get("evicts", String.class);
    if (evicts != null) {
      return Frame.eviction(rev, Eviction.of(evicts));
    }
    String data = Objects.requireNonNull(row.get("data", Json.class)).asString();
    return encoder.encode(
        (LiveEvent) codec.decodeEvent(text(row, "event"), codec.readTree(data)), rev);
  }

  /**
   * Writes down what everybody is told, in the caller's transaction, which holds the stream.
   *
   * @return the frame to be published after the commit
   */
  Mono<Frame> add(String streamId, LiveEvent event) {
    return add(streamId, codec.nameOf(event), codec.writeData(event), null)
        .map(rev -> encoder.encode(event, rev));
  }

  /** Writes down that a user is put out; as above. */
  Mono<Frame> addEviction(String streamId, String userId) {
    return add(streamId, null, null, userId).map(rev -> Frame.eviction(rev, Eviction.of(userId)));
  }

  private Mono<Long> add(
      String streamId, @Nullable String event, @Nullable String data, @Nullable String evicts) {
    return database
        .sql(ADD)
        .bind("$1", streamId)
        .bind("$2", event, String.class)
        .bind("$3", data, String.class)
        .bind("$4", evicts, String.class)
        .map(row -> number(row, "rev"))
        .one();
  }

  private static String text(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, String.class), column);
  }

  private static long number(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, Long.class), column);
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
