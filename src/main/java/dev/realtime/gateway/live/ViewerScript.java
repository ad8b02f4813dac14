package dev.realtime.gateway.live;

import dev.realtime.gateway.store.StoredJson;
import dev.realtime.gateway.store.redis.RedisScript;
import dev.realtime.gateway.store.redis.RedisStore;
import io.lettuce.core.KeyValue;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The viewers of streams in Redis: the calls of {@link Viewers}, and their keys. */
@Component
final class ViewerScript {

  /** The most users that one call adds or removes; Redis runs no other command during a call. */
  static final int MOVED_AT_ONCE = 1_000;

  /** The time for which Redis keeps the peak and unique viewers of a stream that nobody watches. */
  private static final Duration FIGURES_KEPT = Duration.ofDays(7);

  private static final RedisScript MOVE =
      RedisScript.of(ViewerScript.class, "viewers.lua", ScriptOutputType.VALUE);

  private static final RedisScript IS_WATCHING =
      RedisScript.of(ViewerScript.class, "is-watching.lua", ScriptOutputType.INTEGER);

  /**
   * The argument of viewers.lua; times in ms.
   *
   * @param share the changes to the instance's share; null to count only
   */
  private record Move(
      String instance,
      long generation,
      long lease,
      long pushInterval,
      long quiet,
      long figuresKept,
      long atOnce,
      long peak,
      ViewerShare.@Nullable Batch share) {}

  /**
   * The result of viewers.lua.
   *
   * @param lost whether the share in Redis differs from this instance's; then it was not changed
   * @param count the number of viewers on all instances
   * @param push whether to push the count now
   * @param pushIn the ms until the count may be pushed; 0 for never
   * @param size the size of this instance's share
   * @param more whether users of shares that are over are left to remove
   * @param settled whether no share is incomplete or over, so that the count is exact
   */
  record Moved(
      boolean lost,
      long count,
      boolean push,
      long pushIn,
      long size,
      boolean more,
      boolean settled) {}

  private final RedisStore redis;

  ViewerScript(RedisStore redis) {
    this.redis = redis;
  }

  /**
   * Changes an instance's share of a stream's viewers, and counts the viewers.
   *
   * @param peak the most viewers that the instance knows of, for a Redis that has forgotten it
   */
  Mono<Moved> move(String streamId, String instanceId, ViewerShare.Batch share, long peak) {
    return run(streamId, instanceId, share, peak);
  }

  /** Counts the viewers of a stream; 0 for an unknown one. */
  Mono<Long> count(String streamId) {
    return run(streamId, "", null, 0).map(Moved::count);
  }

  private Mono<Moved> run(
      String streamId, String instanceId, ViewerShare.@Nullable Batch share, long peak) {
    long generation = share == null ? 0 : share.generation();
    Move move =
        new Move(
            instanceId,
            generation,
            Viewers.LEASE.toMillis(),
            Viewers.PUSH_INTERVAL.toMillis(),
            Viewers.RENEWAL.plus(Viewers.PUSH_INTERVAL).toMillis(),
            FIGURES_KEPT.toMillis(),
            MOVED_AT_ONCE,
            peak,
            share);
    String viewers = key(streamId, "viewers");
    List<String> keys =
        List.of(
            viewers,
            key(streamId, "instances"),
            viewers + ':' + instanceId + ':' + generation,
            key(streamId, "figures"),
            key(streamId, "uniques"),
            key(streamId, "telling"));
    return redis
        .<String>run(MOVE, keys, List.of(StoredJson.write(move)))
        .map(answer -> StoredJson.read(answer, Moved.class));
  }

  /** Returns whether a user watches a stream on an instance that Redis knows to be alive. */
  Mono<Boolean> isWatching(String streamId, String userId) {
    List<String> keys = List.of(key(streamId, "viewers"), key(streamId, "instances"));
    return redis.<Long>run(IS_WATCHING, keys, List.of(userId)).map(found -> found == 1);
  }

  /** Returns the figures of a stream. */
  Mono<Viewers.Figures> figures(String streamId) {
    return redis
        .run(commands -> commands.hmget(key(streamId, "figures"), "peak", "forgotten"))
        .map(ViewerScript::values)
        .zipWith(
            redis.run(commands -> commands.pfcount(key(streamId, "uniques"))),
            ViewerScript::figures);
  }

  private static Map<String, String> values(List<KeyValue<String, String>> found) {
    Map<String, String> values = new HashMap<>();
    found.forEach(field -> field.ifHasValue(value -> values.put(field.getKey(), value)));
    return values;
  }

  private static Viewers.Figures figures(Map<String, String> values, long unique) {
    String peak = values.get("peak");
    boolean isWhole = peak != null && !values.containsKey("forgotten");
    return new Viewers.Figures(
        peak == null ? null : Long.valueOf(peak), isWhole ? Long.valueOf(unique) : null);
  }

  private static String key(String streamId, String name) {
    return "stream:{" + streamId + "}:" + name;
  }
}
