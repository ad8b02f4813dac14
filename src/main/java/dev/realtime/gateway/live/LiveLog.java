package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Database.Purpose;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The log of the recorded changes of streams: status, moderation that everybody sees, and
 * evictions. Chat messages, reactions and counts of a stream are not recorded. An instance that
 * missed a change on the bus, which it notices within seconds, replays the stored envelope from
 * here; the log keeps a change for a day.
 */
@Component
public final class LiveLog implements RoomLog, Sweeping {

  private static final int PAGE = 200;

  /** The pause between queries, so that streams which open at once share one. */
  private static final Duration REST = Duration.ofMillis(5);

  private static final Duration PERIOD = Duration.ofHours(1);

  private static final String POSITIONS = "select id, last_rev from streams where id = any (:ids)";

  private static final String CHANGES =
      """
      select rev, evicts, envelope from live_changes where stream_id = :streamId and rev > :rev
      order by rev limit :limit
      """;

  private static final String ADD =
      """
      with counted as (
        update streams set last_rev = last_rev + 1 where id = :streamId returning last_rev)
      insert into live_changes (stream_id, rev, evicts, envelope)
      select :streamId, last_rev, :evicts, :envelope::json from counted
      returning rev
      """;

  private static final byte[] NOTHING = {};

  private static final String OLD = "changed_at < now() - interval '1 day'";

  private final Database database;
  private final EnvelopeCodec codec;
  private final Sweeper sweeper;
  private final Batcher<RoomId, Optional<Long>> opening =
      Batcher.named("positions of streams")
          .groupsOf(1_000)
          .waiting(100_000)
          .resting(REST)
          .calling(this::readInOrder);

  LiveLog(Database database, EnvelopeCodec codec) {
    this.database = database;
    this.codec = codec;
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
    if (rooms.size() == 1) {
      RoomId room = rooms.iterator().next();
      return opening
          .submit(room)
          .map(position -> position.map(rev -> Map.of(room, rev)).orElse(Map.of()));
    }
    return read(rooms);
  }

  private Mono<List<Optional<Long>>> readInOrder(List<RoomId> rooms) {
    return read(rooms)
        .map(found -> rooms.stream().map(room -> Optional.ofNullable(found.get(room))).toList());
  }

  private Mono<Map<RoomId, Long>> read(Collection<RoomId> rooms) {
    return database
        .sql(POSITIONS)
        .bindColumn("ids", rooms, String.class, RoomId::id)
        .toMap(row -> RoomId.live(row.text("id")), row -> row.number("last_rev"))
        .as(Purpose.SAFETY_NET::of);
  }

  @Override
  public Flux<Frame> changesAfter(RoomId room, long rev) {
    return database
        .sql(CHANGES)
        .bind("streamId", room.id())
        .bind("rev", rev)
        .bind("limit", PAGE)
        .map(LiveLog::frame)
        .all()
        .as(Purpose.SAFETY_NET::of);
  }

  private static Frame frame(Row row) {
    byte[] envelope = row.optionalJsonBytes("envelope");
    byte[] json = envelope == null ? NOTHING : envelope;
    return Frame.logged(row.number("rev"), row.optionalText("evicts"), null, json);
  }

  /**
   * Records an event for everyone in the room, in the caller's transaction, which locks the stream.
   *
   * @return the frame to publish after the commit
   */
  Mono<Frame> add(String streamId, LiveEvent event) {
    return add(streamId, null, codec.encode(event));
  }

  /**
   * Records that a user is evicted, in the caller's transaction, which locks the stream.
   *
   * @return the frame to publish after the commit
   */
  Mono<Frame> addEviction(String streamId, String userId) {
    return add(streamId, userId, NOTHING);
  }

  private Mono<Frame> add(String streamId, @Nullable String evicts, byte[] json) {
    String envelope = json.length == 0 ? null : new String(json, StandardCharsets.UTF_8);
    return database
        .sql(ADD)
        .bind("streamId", streamId)
        .bind("evicts", evicts, String.class)
        .bind("envelope", envelope, String.class)
        .map(row -> Frame.logged(row.number("rev"), evicts, null, json))
        .one();
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
