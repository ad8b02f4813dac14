package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.work.OneUnderWay;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The rooms that may have missed messages. After a reconnect these are all rooms of the instance:
 * one check handles them together, and rooms interrupted meanwhile share the next check.
 */
final class Interruptions {

  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Logger log = LoggerFactory.getLogger(Interruptions.class);

  // Start of the gap by room; at most one entry for each open room.
  private final Map<RoomId, Long> waiting = new ConcurrentHashMap<>();
  private final OneUnderWay looks = new OneUnderWay(this::next);
  private final Scheduler scheduler;
  private final BiFunction<Map<RoomId, Long>, Duration, Mono<Void>> look;

  /**
   * @param look checks rooms that may have missed messages during the given time; if it fails, it
   *     runs again for those that are still open
   */
  Interruptions(Scheduler scheduler, BiFunction<Map<RoomId, Long>, Duration, Mono<Void>> look) {
    this.scheduler = scheduler;
    this.look = look;
  }

  /**
   * @param since start of the gap; by {@link System#nanoTime}
   */
  void add(RoomId room, long since) {
    waiting.merge(room, since, Interruptions::earlier);
    looks.request();
  }

  private static long earlier(long one, long other) {
    return one - other < 0 ? one : other;
  }

  private @Nullable Mono<Void> next() {
    return waiting.isEmpty() ? null : Mono.defer(this::lookAfterAll).subscribeOn(scheduler);
  }

  private Mono<Void> lookAfterAll() {
    Map<RoomId, Long> rooms = new HashMap<>();
    for (RoomId room : List.copyOf(waiting.keySet())) {
      Long since = waiting.remove(room);
      if (since != null) {
        rooms.put(room, since);
      }
    }
    long now = System.nanoTime();
    long longest = rooms.values().stream().mapToLong(since -> now - since).max().orElse(0);
    return look.apply(rooms, Duration.ofNanos(longest))
        .onErrorResume(failure -> tryAgain(rooms, failure));
  }

  private Mono<Void> tryAgain(Map<RoomId, Long> rooms, Throwable failure) {
    log.warn(
        "Could not compare {} interrupted rooms with their logs: {}",
        rooms.size(),
        failure.toString());
    rooms.forEach((room, since) -> waiting.merge(room, since, Interruptions::earlier));
    return Mono.delay(RETRY, scheduler).then();
  }
}
