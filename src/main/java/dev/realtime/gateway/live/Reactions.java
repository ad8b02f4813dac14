package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.redis.RedisScript;
import dev.realtime.gateway.store.redis.RedisStore;
import dev.realtime.gateway.work.RepeatedWarning;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * The sums of reactions. Each instance adds up its own for a moment, then adds them to a common
 * window in Redis, which the instance that opened it closes. A stream thus gets one push per emoji
 * and {@link #WINDOW}, and the sums are exact.
 */
@Component
final class Reactions {

  static final Duration WINDOW = Duration.ofMillis(250);

  /** The time for which an instance adds reactions up before it sends them to Redis. */
  private static final Duration HERE = Duration.ofMillis(50);

  private static final int PEOPLE_NAMED = 10;

  /**
   * The most different emojis in a stream at a time on this instance: as many as a message may
   * have.
   */
  private static final int KINDS = 20;

  /**
   * Retries a call without an answer, which Redis may have run: the script detects a repetition.
   */
  private static final Retry UNANSWERED =
      Retry.backoff(2, Duration.ofMillis(100))
          .filter(RedisCommandTimeoutException.class::isInstance)
          .onRetryExhaustedThrow((_, last) -> last.failure());

  private static final Retry AWAY =
      Retry.backoff(5, Duration.ofMillis(250)).onRetryExhaustedThrow((_, last) -> last.failure());

  private static final RedisScript ADD =
      RedisScript.of(Reactions.class, "reactions.lua", ScriptOutputType.INTEGER);
  private static final RedisScript TAKE =
      RedisScript.of(Reactions.class, "take-reactions.lua", ScriptOutputType.MULTI);

  private static final Logger log = LoggerFactory.getLogger(Reactions.class);

  private static final class Tally {
    int count;
    final Set<String> people = new LinkedHashSet<>();

    void add(String userId) {
      count++;
      if (people.size() < PEOPLE_NAMED) {
        people.add(userId);
      }
    }
  }

  private final RepeatedWarning localSums =
      new RepeatedWarning(log, "Summing only the local reactions of a stream");
  private final RepeatedWarning late =
      new RepeatedWarning(log, "The reactions of a stream are late");
  private final RedisStore redis;
  private final RoomPublisher publisher;
  private final Scheduler scheduler = Schedulers.parallel();
  private final ConcurrentMap<String, Map<String, Tally>> open = new ConcurrentHashMap<>();

  Reactions(RedisStore redis, RoomPublisher publisher) {
    this.redis = redis;
    this.publisher = publisher;
  }

  /**
   * Counts a reaction, which is pushed within about {@link #HERE} and {@link #WINDOW}.
   *
   * @throws GatewayException {@code rate_limited} while there are too many different reactions
   */
  void add(String streamId, String emoji, String userId) {
    open.compute(
        streamId,
        (_, present) -> {
          Map<String, Tally> tallies = present == null ? opened(streamId) : present;
          count(tallies, emoji, userId);
          return tallies;
        });
  }

  private Map<String, Tally> opened(String streamId) {
    scheduler.schedule(() -> tell(streamId), HERE.toMillis(), TimeUnit.MILLISECONDS);
    return new LinkedHashMap<>();
  }

  private static void count(Map<String, Tally> tallies, String emoji, String userId) {
    if (tallies.size() >= KINDS && !tallies.containsKey(emoji)) {
      throw GatewayException.retryLater(ErrorCode.RATE_LIMITED, HERE);
    }
    tallies.computeIfAbsent(emoji, _ -> new Tally()).add(userId);
  }

  private void tell(String streamId) {
    Map<String, Tally> tallies = open.remove(streamId);
    if (tallies == null) {
      return;
    }
    List<String> arguments = new ArrayList<>();
    arguments.add(Long.toString(WINDOW.toMillis()));
    arguments.add(Integer.toString(PEOPLE_NAMED));
    tallies.forEach((emoji, tally) -> {
      arguments.add(emoji);
      arguments.add(Integer.toString(tally.count));
      arguments.add(String.join("\n", tally.people) + '\n');
    });
    Mono<Long> told =
        redis.run(ADD, keys(streamId, "window", "call:" + UUID.randomUUID()), arguments);
    // No field owns this subscription: the timeout of Redis and the last retry end it.
    told.retryWhen(UNANSWERED)
        .subscribe(
            opened -> closeLater(streamId, opened),
            failure -> {
              // Local sums are better than none.
              localSums.log(failure);
              tallies.forEach(
                  (emoji, tally) -> push(streamId, emoji, tally.count, List.copyOf(tally.people)));
            });
  }

  private void closeLater(String streamId, long opened) {
    if (opened == 1) {
      scheduler.schedule(() -> close(streamId), WINDOW.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void close(String streamId) {
    Mono<List<Object>> taken =
        redis.run(TAKE, keys(streamId, "taken:" + UUID.randomUUID()), List.of());
    // No field owns this subscription: the timeout of Redis and the last retry end it. Reactions
    // that could not be fetched go with the next window.
    taken.retryWhen(AWAY).subscribe(reactions -> pushAll(streamId, reactions), late::log);
  }

  private void pushAll(String streamId, List<Object> reactions) {
    for (int i = 0; i < reactions.size(); i += 3) {
      List<String> people = reactions.get(i + 2).toString().lines().distinct().toList();
      int count = Integer.parseInt(reactions.get(i + 1).toString());
      push(
          streamId,
          reactions.get(i).toString(),
          count,
          people.subList(0, Math.min(PEOPLE_NAMED, people.size())));
    }
  }

  private void push(String streamId, String emoji, int count, List<String> people) {
    publisher.publish(RoomId.live(streamId), new LiveEvent.Reacted(streamId, emoji, people, count));
  }

  private static List<String> keys(String streamId, String... more) {
    String reactions = "stream:{" + streamId + "}:reactions";
    List<String> keys = new ArrayList<>(List.of(reactions, reactions + ":people"));
    for (String key : more) {
      keys.add(reactions + ':' + key);
    }
    return keys;
  }
}
