package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
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
  private final AtomicBoolean busy = new AtomicBoolean();
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
    begin(Duration.ZERO);
  }

  private static long earlier(long one, long other) {
    return one - other < 0 ? one : other;
  }

  private void begin(Duration delay) {
    if (busy.compareAndSet(false, true)) {
      scheduler.schedule(this::next, delay.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void next() {
    Map<RoomId, Long> rooms = new ConcurrentHashMap<>();
    for (RoomId room : List.copyOf(waiting.keySet())) {
      Long since = waiting.remove(room);
      if (since != null) {
        rooms.put(room, since);
      }
    }
    if (rooms.isEmpty()) {
      ended(Duration.ZERO);
      return;
    }
    long earliest = Collections.min(rooms.values(), (one, other) -> Long.signum(one - other));
    // Owned here: one at a time, and each ends by itself.
    look.apply(rooms, Duration.ofNanos(System.nanoTime() - earliest))
        .subscribe(null, failure -> failed(rooms, failure), () -> ended(Duration.ZERO));
  }

  private void failed(Map<RoomId, Long> rooms, Throwable failure) {
    log.warn("Could not look after {} interrupted rooms: {}", rooms.size(), failure.toString());
    rooms.forEach((room, since) -> waiting.merge(room, since, Interruptions::earlier));
    ended(RETRY);
  }

  private void ended(Duration delay) {
    busy.set(false);
    if (!waiting.isEmpty()) {
      begin(delay);
    }
  }
}
