package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.RedisScript;
import dev.realtime.gateway.store.RedisStore;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Adds reactions up: here for a moment, then with those of the other instances in Redis, whose
 * window one of them closes. So a stream gets one push per emoji and {@link #WINDOW}, and the sums
 * are exact.
 */
@Component
class Reactions {

  static final Duration WINDOW = Duration.ofMillis(250);

  /** How long reactions are added up here before they are told to the others. */
  private static final Duration HERE = Duration.ofMillis(50);

  private static final int PEOPLE_NAMED = 10;

  private static final RedisScript ADD =
      RedisScript.of(Reactions.class, "reactions.lua", ScriptOutputType.INTEGER);
  private static final RedisScript TAKE =
      RedisScript.of(Reactions.class, "take-reactions.lua", ScriptOutputType.MULTI);

  private static final Logger log = LoggerFactory.getLogger(Reactions.class);

  private static final class Tally {
    int count;
    final Set<String> people = new LinkedHashSet<>();
  }

  private final RedisStore redis;
  private final RoomPublisher publisher;
  private final Scheduler scheduler = Schedulers.parallel();
  private final ConcurrentMap<String, Map<String, Tally>> open = new ConcurrentHashMap<>();

  Reactions(RedisStore redis, RoomPublisher publisher) {
    this.redis = redis;
    this.publisher = publisher;
  }

  /** Counts a reaction; it is pushed within about {@link #HERE} and {@link #WINDOW}. */
  void add(String streamId, String emoji, String userId) {
    boolean[] first = new boolean[1];
    open.compute(
        streamId,
        (_, present) -> {
          first[0] = present == null;
          Map<String, Tally> tallies = present == null ? new LinkedHashMap<>() : present;
          Tally tally = tallies.computeIfAbsent(emoji, _ -> new Tally());
          tally.count++;
          if (tally.people.size() < PEOPLE_NAMED) {
            tally.people.add(userId);
          }
          return tallies;
        });
    if (first[0]) {
      scheduler.schedule(() -> tell(streamId), HERE.toMillis(), TimeUnit.MILLISECONDS);
    }
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
    // Owned by nobody: ended by the timeout of Redis at the latest.
    redis
        .<Long>run(ADD, keys(streamId), arguments)
        .subscribe(
            opened -> closeLater(streamId, opened),
            failure -> {
              // Alone is better than not at all.
              log.warn("Reactions in stream {} are counted here: {}", streamId, failure.toString());
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
    Mono<List<Object>> taken = redis.run(TAKE, keys(streamId), List.of());
    // Owned by nobody, as above; what could not be taken goes with the next window.
    taken.subscribe(
        reactions -> pushAll(streamId, reactions),
        failure -> log.warn("Reactions in stream {} are late: {}", streamId, failure.toString()));
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

  private static List<String> keys(String streamId) {
    String reactions = "stream:{" + streamId + "}:reactions";
    return List.of(reactions, reactions + ":people", reactions + ":window");
  }
}
