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
 * Rooms that may have missed something. After a reconnect these are all rooms of the instance: they
 * are looked after together, and what is interrupted meanwhile shares the next look.
 */
final class Interruptions {

  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Logger log = LoggerFactory.getLogger(Interruptions.class);

  // By room, since when; at most one entry for each room that is open.
  private final Map<RoomId, Long> waiting = new ConcurrentHashMap<>();
  private final OneUnderWay looks = new OneUnderWay(this::next);
  private final Scheduler scheduler;
  private final BiFunction<Map<RoomId, Long>, Duration, Mono<Void>> look;

  /**
   * @param look looks after rooms that may have missed something for as long as it says; where it
   *     fails it is asked again for those that are still there
   */
  Interruptions(Scheduler scheduler, BiFunction<Map<RoomId, Long>, Duration, Mono<Void>> look) {
    this.scheduler = scheduler;
    this.look = look;
  }

  /**
   * @param since from when on; by {@link System#nanoTime}
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
