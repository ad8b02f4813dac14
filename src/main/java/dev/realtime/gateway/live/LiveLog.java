package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.Eviction;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.StoredJson;
import dev.realtime.gateway.store.Sweeper;
import dev.realtime.gateway.store.Sweeping;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
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

  private static final String POSITIONS = "select id, last_rev from streams where id = any (:ids)";

  private static final String CHANGES =
      """
      select rev, event, data, evicts from live_changes where stream_id = :streamId and rev > :rev
      order by rev limit :limit
      """;

  private static final String ADD =
      """
      with counted as (
        update streams set last_rev = last_rev + 1 where id = :streamId returning last_rev)
      insert into live_changes (stream_id, rev, event, data, evicts)
      select :streamId, last_rev, :event, :data::jsonb, :evicts from counted
      returning rev
      """;

  private static final String OLD = "changed_at < now() - interval '1 day'";

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
            "old changes of streams", PERIOD, () -> database.deleteSome("live_changes", OLD));
  }

  @Override
  public RoomId.Kind kind() {
    return RoomId.Kind.LIVE;
  }

  @Override
  public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
    return database
        .sql(POSITIONS)
        .bindColumn("ids", rooms, String.class, RoomId::id)
        .toMap(row -> RoomId.live(row.text("id")), row -> row.number("last_rev"));
  }

  @Override
  public Flux<Frame> changesAfter(RoomId room, long rev) {
    return database
        .sql(CHANGES)
        .bind("streamId", room.id())
        .bind("rev", rev)
        .bind("limit", PAGE)
        .map(this::frame)
        .all();
  }

  private Frame frame(Row row) {
    long rev = row.number("rev");
    String evicts = row.optionalText("evicts");
    if (evicts != null) {
      return Frame.eviction(rev, Eviction.of(evicts));
    }
    return encoder.encode(
        codec.decodeEvent(row.text("event"), row.tree("data")), Delivery.durable(rev));
  }

  /**
   * Writes down what everybody is told, in the caller's transaction, which holds the stream.
   *
   * @return the frame to be published after the commit
   */
  Mono<Frame> add(String streamId, LiveEvent event) {
    return add(streamId, codec.nameOf(event), StoredJson.write(event), null)
        .map(rev -> encoder.encode(event, Delivery.durable(rev)));
  }

  /** Writes down that a user is put out; as above. */
  Mono<Frame> addEviction(String streamId, String userId) {
    return add(streamId, null, null, userId).map(rev -> Frame.eviction(rev, Eviction.of(userId)));
  }

  private Mono<Long> add(
      String streamId, @Nullable String event, @Nullable String data, @Nullable String evicts) {
    return database
        .sql(ADD)
        .bind("streamId", streamId)
        .bind("event", event, String.class)
        .bind("data", data, String.class)
        .bind("evicts", evicts, String.class)
        .map(row -> row.number("rev"))
        .one();
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
