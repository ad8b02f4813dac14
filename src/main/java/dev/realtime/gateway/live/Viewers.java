package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.RedisScript;
import dev.realtime.gateway.store.RedisStore;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
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
public final class Viewers implements SmartLifecycle {

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

  private static final String ANEW = "-1";
  private static final String NONE = "-2";

  private static final RedisScript MOVE =
      RedisScript.of(Viewers.class, "viewers.lua", ScriptOutputType.MULTI);

  private static final Logger log = LoggerFactory.getLogger(Viewers.class);

  /** The most who watched at once, and how many ever did (within 1 %). */
  public record Figures(long peak, long unique) {}

  private final RedisStore redis;
  private final RoomPublisher publisher;
  private final String instanceId;
  private final Scheduler scheduler = Schedulers.parallel();
  private final Map<String, ViewerShare> shares = new ConcurrentHashMap<>();
  private volatile @Nullable Disposable renewal;

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
  Mono<Long> joined(String streamId, String userId, Place place) {
    return Mono.create(counted -> {
      ViewerShare share =
          Objects.requireNonNull(
              shares.compute(
                  streamId,
                  (_, present) -> {
                    ViewerShare own = present == null ? new ViewerShare() : present;
                    own.join(userId, counted);
                    return own;
                  }));
      place.onEnd(() -> left(streamId, userId));
      move(streamId, share, false);
    });
  }

  private void left(String streamId, String userId) {
    ViewerShare share =
        shares.computeIfPresent(
            streamId,
            (_, own) -> {
              own.leave(userId);
              return own;
            });
    if (share != null) {
      move(streamId, share, false);
    }
  }

  /**
   * How many watch; of a stream that nobody watches, and of one that is not there, 0. While Redis
   * is away, how many watch here.
   */
  public Mono<Long> count(String streamId) {
    return counted(streamId)
        .onErrorResume(failure -> {
          log.warn("Counting those here in stream {}: {}", streamId, failure.toString());
          ViewerShare here = shares.get(streamId);
          return Mono.just(here == null ? 0L : here.size());
        });
  }

  private Mono<Long> counted(String streamId) {
    return redis
        .<List<Object>>run(MOVE, keys(streamId), arguments(NONE, false, List.of(), List.of()))
        .map(answer -> (long) answer.getFirst());
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
          log.warn("The viewers of stream {} are not known: {}", streamId, failure.toString());
          return Mono.empty();
        });
  }

  /** Brings a share's changes to Redis; one call at a time, what comes meanwhile goes next. */
  private void move(String streamId, ViewerShare share, boolean always) {
    ViewerShare.Batch batch = share.next(always, MOVED_AT_ONCE);
    if (batch != null) {
      // Owned by the share: ended by the timeout of Redis at the latest.
      send(streamId, batch)
          .subscribe(
              answer -> moved(streamId, share, answer),
              failure -> failed(streamId, share, failure));
    }
  }

  private Mono<List<Object>> send(String streamId, ViewerShare.Batch batch) {
    String expected = batch.anew() ? ANEW : Long.toString(batch.expected());
    return redis.run(
        MOVE,
        keys(streamId),
        arguments(expected, batch.partial(), batch.joining(), batch.leaving()));
  }

  private void moved(String streamId, ViewerShare share, List<Object> answer) {
    if (answer.isEmpty()) {
      share.lost();
      move(streamId, share, false);
    } else {
      long count = (long) answer.getFirst();
      share.moved(count, (long) answer.get(3));
      if ((long) answer.get(1) == 1) {
        publisher.publish(RoomId.live(streamId), new LiveEvent.ViewersCounted(streamId, count));
      }
      pushLater(streamId, share, (long) answer.get(2));
      scheduler.schedule(() -> rested(streamId, share), REST.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void rested(String streamId, ViewerShare share) {
    share.rested();
    move(streamId, share, false);
    shares.computeIfPresent(streamId, (_, own) -> own.isOver() ? null : own);
  }

  private void pushLater(String streamId, ViewerShare share, long delay) {
    if (delay > 0 && share.waitToPush()) {
      scheduler.schedule(
          () -> {
            share.pushNow();
            move(streamId, share, true);
          },
          delay,
          TimeUnit.MILLISECONDS);
    }
  }

  /** The next renewal tells Redis the whole share. */
  private void failed(String streamId, ViewerShare share, Throwable failure) {
    log.warn("Could not count the viewers of stream {}: {}", streamId, failure.toString());
    share.failed();
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

  private List<String> arguments(
      String expected, boolean partial, List<String> joining, List<String> leaving) {
    List<String> arguments = new ArrayList<>(7 + joining.size() + leaving.size());
    arguments.add(instanceId);
    arguments.add(Long.toString(LEASE.toMillis()));
    arguments.add(Long.toString(PUSH_INTERVAL.toMillis()));
    arguments.add(Long.toString(FIGURES_KEPT.toMillis()));
    arguments.add(expected);
    arguments.add(partial ? "1" : "0");
    arguments.add(Integer.toString(joining.size()));
    arguments.addAll(joining);
    arguments.addAll(leaving);
    return arguments;
  }

  private void renewAll() {
    shares.forEach((streamId, share) -> move(streamId, share, true));
  }

  @Override
  public void start() {
    renewal = Flux.interval(RENEWAL, scheduler).onBackpressureDrop().subscribe(_ -> renewAll());
  }

  @Override
  public void stop() {
    Disposable running = renewal;
    if (running != null) {
      running.dispose();
      renewal = null;
    }
  }

  /** Ends after the clients have been sent away: until then they are watching. */
  @Override
  public int getPhase() {
    return SmartLifecycle.DEFAULT_PHASE - 768;
  }

  @Override
  public boolean isRunning() {
    return renewal != null;
  }
}
