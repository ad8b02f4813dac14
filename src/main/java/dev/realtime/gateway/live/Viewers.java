package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.StoredJson;
import dev.realtime.gateway.store.redis.RedisScript;
import dev.realtime.gateway.store.redis.RedisStore;
import dev.realtime.gateway.work.OneUnderWay;
import dev.realtime.gateway.work.Running;
import dev.realtime.gateway.work.RunningPart;
import dev.realtime.gateway.work.ShutdownOrder;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Who watches which stream, over all instances: users, not connections, each counted once, exactly.
 *
 * <p>Every instance keeps its share of a stream in Redis under a lease that it renews. The share of
 * one that died is taken away by the next instance that counts, at most {@link #LEASE} and one
 * {@link #RENEWAL} after its last word. While Redis is away each instance tells its own viewers'
 * number.
 */
@Component
public final class Viewers implements RunningPart {

  /** How long a share counts after the last word of its instance. */
  static final Duration LEASE = Duration.ofSeconds(10);

  static final Duration RENEWAL = Duration.ofSeconds(3);

  /** Between two pushes of one stream; more than a second, so that no bus makes it less. */
  static final Duration PUSH_INTERVAL = Duration.ofMillis(1_100);

  /** After a call for a stream, before the next one: in a storm of joins some ten share a call. */
  private static final Duration REST = Duration.ofMillis(5);

  /** How long peak and unique viewers are known without anybody watching. */
  private static final Duration FIGURES_KEPT = Duration.ofDays(7);

  /** Users a call moves; a call holds up all others of Redis meanwhile. */
  private static final int MOVED_AT_ONCE = 1_000;

  private static final RedisScript MOVE =
      RedisScript.of(Viewers.class, "viewers.lua", ScriptOutputType.VALUE);

  /**
   * What viewers.lua is told; times in ms.
   *
   * @param share what to do to this instance's share; null only to count
   */
  private record Move(
      String instance,
      long lease,
      long pushInterval,
      long figuresKept,
      ViewerShare.@Nullable Batch share) {}

  /**
   * What viewers.lua answers.
   *
   * @param lost whether the share is not what this instance thinks; then nothing was done
   * @param count how many watch, on all instances
   * @param push whether to push the count now
   * @param pushIn in how many ms it may be pushed; 0 for never
   * @param size of this instance's share
   */
  private record Moved(boolean lost, long count, boolean push, long pushIn, long size) {}

  private static final Logger log = LoggerFactory.getLogger(Viewers.class);

  /** The most who watched at once, and how many ever did (within 1 %). */
  public record Figures(long peak, long unique) {}

  private final RedisStore redis;
  private final RoomPublisher publisher;
  private final String instanceId;
  private final Scheduler scheduler = Schedulers.parallel();
  private final Map<String, Watched> streams = new ConcurrentHashMap<>();
  private final Running renewal =
      new Running(() ->
          Flux.interval(RENEWAL, scheduler)
              .onBackpressureDrop()
              .subscribe(_ -> streams.values().forEach(Watched::renew)));

  Viewers(RedisStore redis, RoomPublisher publisher, Cluster cluster) {
    this.redis = redis;
    this.publisher = publisher;
    this.instanceId = cluster.instanceId();
  }

  /**
   * A connection of a user has joined here, and is counted until it loses its place.
   *
   * @return how many watch now, this user among them
   */
  public Mono<Long> joined(String streamId, String userId, Place place) {
    return Mono.create(counted -> {
      Watched stream =
          Objects.requireNonNull(
              streams.compute(
                  streamId,
                  (id, present) -> {
                    Watched own = present == null ? new Watched(id) : present;
                    own.share.join(userId, counted);
                    return own;
                  }));
      place.onEnd(() -> left(streamId, userId));
      stream.calls.request();
    });
  }

  private void left(String streamId, String userId) {
    Watched stream =
        streams.computeIfPresent(
            streamId,
            (_, own) -> {
              own.share.leave(userId);
              return own;
            });
    if (stream != null) {
      stream.calls.request();
    }
  }

  /**
   * How many watch; of a stream that nobody watches, and of one that is not there, 0. While Redis
   * is away, how many watch here.
   */
  public Mono<Long> count(String streamId) {
    return counted(streamId)
        .onErrorResume(failure -> {
          log.warn("Counting only local viewers of stream {}: {}", streamId, failure.toString());
          Watched here = streams.get(streamId);
          return Mono.just(here == null ? 0L : here.share.size());
        });
  }

  private Mono<Long> counted(String streamId) {
    return run(streamId, null).map(Moved::count);
  }

  /** Whether this user watches, on any instance. */
  Mono<Boolean> isWatching(String streamId, String userId) {
    // Counting first takes away what dead instances have left.
    return counted(streamId)
        .then(redis.run(commands -> commands.hexists(keys(streamId).getFirst(), userId)));
  }

  /** What is known of a stream's past; empty while Redis is away. */
  Mono<Figures> figures(String streamId) {
    List<String> keys = keys(streamId);
    Mono<Long> peak =
        redis
            .run(commands -> commands.hget(keys.get(3), "peak"))
            .map(Long::parseLong)
            .defaultIfEmpty(0L);
    return peak.zipWith(redis.run(commands -> commands.pfcount(keys.get(4))), Figures::new)
        .onErrorResume(failure -> {
          log.warn("Could not read the viewers of stream {}: {}", streamId, failure.toString());
          return Mono.empty();
        });
  }

  private Mono<Moved> run(String streamId, ViewerShare.@Nullable Batch share) {
    Move move =
        new Move(
            instanceId, LEASE.toMillis(), PUSH_INTERVAL.toMillis(), FIGURES_KEPT.toMillis(), share);
    return redis
        .<String>run(MOVE, keys(streamId), List.of(StoredJson.write(move)))
        .map(answer -> StoredJson.read(answer, Moved.class));
  }

  private static List<String> keys(String streamId, String instanceId) {
    String stream = "stream:{" + streamId + "}:";
    String viewers = stream + "viewers";
    return List.of(
        viewers,
        stream + "instances",
        viewers + ':' + instanceId,
        stream + "figures",
        stream + "uniques");
  }

  private List<String> keys(String streamId) {
    return keys(streamId, instanceId);
  }

  /** A stream that somebody watches here, and the calls that tell Redis so. */
  private final class Watched {

    private final String streamId;
    private final ViewerShare share = new ViewerShare();
    private final OneUnderWay calls = new OneUnderWay(this::next, REST, scheduler);

    Watched(String streamId) {
      this.streamId = streamId;
    }

    /** Has a call made though nothing may have changed: for the lease, or for a push. */
    void renew() {
      share.renew();
      calls.request();
    }

    private @Nullable Mono<Void> next() {
      ViewerShare.Batch batch = share.next(MOVED_AT_ONCE);
      if (batch == null) {
        streams.computeIfPresent(streamId, (_, own) -> own.share.isOver() ? null : own);
        return null;
      }
      return run(streamId, batch).doOnNext(this::moved).then().onErrorResume(this::failed);
    }

    private void moved(Moved answer) {
      if (answer.lost()) {
        share.lost();
        return;
      }
      share.moved(answer.count(), answer.size());
      if (answer.push()) {
        publisher.publish(
            RoomId.live(streamId), new LiveEvent.ViewersCounted(streamId, answer.count()));
      }
      if (answer.pushIn() > 0 && share.waitToPush()) {
        scheduler.schedule(this::push, answer.pushIn(), TimeUnit.MILLISECONDS);
      }
    }

    private void push() {
      share.pushNow();
      calls.request();
    }

    /** The next renewal tells Redis the whole share. */
    private Mono<Void> failed(Throwable failure) {
      log.warn("Could not count the viewers of stream {}: {}", streamId, failure.toString());
      share.failed();
      return Mono.empty();
    }
  }

  @Override
  public Running running() {
    return renewal;
  }

  @Override
  public ShutdownOrder order() {
    return ShutdownOrder.VIEWERS;
  }
}
