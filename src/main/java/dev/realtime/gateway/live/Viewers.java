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
 * The exact number of users who watch each stream, over all instances. A user with several
 * connections counts once.
 *
 * <p>Every instance keeps its share of a stream's viewers in Redis under a lease that it renews.
 * After an instance dies, the next instance that counts removes its share, at most {@link #LEASE}
 * and one {@link #RENEWAL} after its last call. While Redis is down each instance counts only its
 * own viewers.
 */
@Component
public final class Viewers implements RunningPart {

  /** The time for which a share counts after the last call of its instance. */
  static final Duration LEASE = Duration.ofSeconds(10);

  static final Duration RENEWAL = Duration.ofSeconds(3);

  /**
   * The time between two pushes of one stream's count; more than a second, so that delays on the
   * bus do not make it less.
   */
  static final Duration PUSH_INTERVAL = Duration.ofMillis(1_100);

  /**
   * The pause after a call for a stream: in a storm of joins some ten joins share the next call.
   */
  private static final Duration REST = Duration.ofMillis(5);

  /** The time for which Redis keeps the peak and unique viewers of a stream that nobody watches. */
  private static final Duration FIGURES_KEPT = Duration.ofDays(7);

  /** The most users that one call moves; Redis runs no other command during a call. */
  private static final int MOVED_AT_ONCE = 1_000;

  private static final RedisScript MOVE =
      RedisScript.of(Viewers.class, "viewers.lua", ScriptOutputType.VALUE);

  private static final RedisScript IS_WATCHING =
      RedisScript.of(Viewers.class, "is-watching.lua", ScriptOutputType.INTEGER);

  /**
   * The argument of viewers.lua; times in ms.
   *
   * @param share the changes to this instance's share; null to count only
   */
  private record Move(
      String instance,
      long lease,
      long pushInterval,
      long figuresKept,
      ViewerShare.@Nullable Batch share) {}

  /**
   * The result of viewers.lua.
   *
   * @param lost whether the share in Redis differs from this instance's; then nothing has changed
   * @param count the number of viewers on all instances
   * @param push whether to push the count now
   * @param pushIn the ms until the count may be pushed; 0 for never
   * @param size the size of this instance's share
   */
  private record Moved(boolean lost, long count, boolean push, long pushIn, long size) {}

  private static final Logger log = LoggerFactory.getLogger(Viewers.class);

  /** The most viewers at one time, and the number of all users who ever watched (within 1 %). */
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
   * Counts a user who has joined on this instance, until the place ends.
   *
   * @return the number of viewers now, including this user
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
   * Returns the number of viewers; 0 for a stream without viewers and for an unknown stream. While
   * Redis is down this is the number of viewers on this instance.
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

  /**
   * Returns whether a user watches a stream, on any instance that Redis knows to be alive; fails
   * while Redis is down.
   */
  public Mono<Boolean> isWatching(String streamId, String userId) {
    return redis
        .<Long>run(IS_WATCHING, keys(streamId).subList(0, 2), List.of(userId))
        .map(found -> found == 1);
  }

  /** Returns whether a user watches a stream on this instance. */
  public boolean isHere(String streamId, String userId) {
    Watched here = streams.get(streamId);
    return here != null && here.share.has(userId);
  }

  /** Returns the peak and unique viewers of a stream; empty while Redis is down. */
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

  /** A stream with viewers on this instance, and the calls that report them to Redis. */
  private final class Watched {

    private final String streamId;
    private final ViewerShare share = new ViewerShare();
    private final OneUnderWay calls = new OneUnderWay(this::next, REST, scheduler);

    Watched(String streamId) {
      this.streamId = streamId;
    }

    /** Requests a call even if no viewer has changed, to renew the lease. */
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

    /** Logs a failed call; the next renewal sends Redis the whole share. */
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
