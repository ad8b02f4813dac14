package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.work.OneUnderWay;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Compares rooms with their logs: all rooms again and again, and those that may have missed
 * messages soon. After a reconnect these are all rooms of the instance, so a comparison waits until
 * no further room joins it, and reads the revs of many rooms in one query. A log that fails holds
 * up no rooms of another kind.
 */
final class Comparisons {

  /** Interval at which all rooms are compared, in case a loss goes unnoticed. */
  static final Duration PERIOD = Duration.ofSeconds(15);

  /** Rooms whose revs one query reads. */
  static final int GROUP = 1_000;

  /** A comparison waits for so long without a further interrupted room, but only a few times. */
  static final Duration QUIET = Duration.ofMillis(100);

  private static final int MOST_PAUSES = 5;
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofSeconds(5);
  private static final int MOST_DOUBLINGS = 3;
  private static final Logger log = LoggerFactory.getLogger(Comparisons.class);

  private final Scheduler scheduler;
  private final Map<RoomId.Kind, RoomLog> logs = new EnumMap<>(RoomId.Kind.class);
  private final List<RoomNews> news;
  private final OpenRooms rooms;
  private final Map<RoomId.Kind, Interrupted> interrupted = new EnumMap<>(RoomId.Kind.class);
  private final LongAdder compared = new LongAdder();

  /** The rooms that are open on this instance. */
  interface OpenRooms {

    /** Returns the ids of all open rooms. */
    Collection<RoomId> ids();

    /** Returns the open room of this id; null if there is none. */
    @Nullable Room find(RoomId id);
  }

  Comparisons(
      Scheduler scheduler, Collection<RoomLog> logs, Collection<RoomNews> news, OpenRooms rooms) {
    this.scheduler = scheduler;
    this.news = List.copyOf(news);
    this.rooms = rooms;
    logs.forEach(roomLog -> this.logs.put(roomLog.kind(), roomLog));
    for (RoomId.Kind kind : RoomId.Kind.values()) {
      interrupted.put(kind, new Interrupted(kind));
    }
  }

  /** Returns the log of rooms of a kind; null for a kind without a log. */
  @Nullable RoomLog log(RoomId.Kind kind) {
    return logs.get(kind);
  }

  /** Returns how many rooms have been compared. */
  long compared() {
    return compared.sum();
  }

  /** Begins to compare all rooms, every {@link #PERIOD}. */
  Disposable begin() {
    // The caller owns the subscription; a comparison that fails is logged and ends no other.
    return Flux.interval(PERIOD, scheduler)
        .onBackpressureDrop()
        .concatMap(_ -> compareAll())
        .subscribe();
  }

  private Mono<Void> compareAll() {
    return Flux.fromIterable(logs.values()).concatMap(this::compareAll).then();
  }

  private Mono<Void> compareAll(RoomLog roomLog) {
    return groups(rooms.ids(), roomLog.kind())
        .concatMap(group -> compare(roomLog, group))
        .then()
        .onErrorResume(failure -> {
          log.warn("Could not compare rooms of kind {}: {}", roomLog.kind(), failure.toString());
          return Mono.empty();
        });
  }

  private static Flux<List<RoomId>> groups(Collection<RoomId> ids, RoomId.Kind kind) {
    return Flux.fromIterable(ids).filter(id -> id.kind() == kind).buffer(GROUP);
  }

  private Mono<Void> compare(RoomLog roomLog, List<RoomId> ids) {
    return Mono.defer(() -> {
      // Record each room's rev before the read: a log that is below it has lost changes.
      List<Gatekeeper.Look> noted = ids.stream().flatMap(id -> look(id).stream()).toList();
      compared.add(noted.size());
      return noted.isEmpty()
          ? Mono.empty()
          : roomLog
              .positions(noted.stream().map(Gatekeeper.Look::id).toList())
              .doOnNext(positions -> noted.forEach(look -> look.answer(positions.get(look.id()))))
              .then();
    });
  }

  private List<Gatekeeper.Look> look(RoomId id) {
    Room room = rooms.find(id);
    Gatekeeper.Look look = room == null ? null : room.look();
    return look == null ? List.of() : List.of(look);
  }

  /**
   * Opens the rooms whose rev was unknown; completes with those that still wait, which are none.
   */
  Mono<List<RoomId>> openLate(List<RoomId> ids) {
    return Flux.fromIterable(logs.values())
        .concatMap(roomLog ->
            groups(ids.stream().filter(this::isUnread).toList(), roomLog.kind())
                .concatMap(group -> openLate(roomLog, group)))
        .then(Mono.just(List.of()));
  }

  private boolean isUnread(RoomId id) {
    Room room = rooms.find(id);
    return room != null && !room.isOpen();
  }

  private Mono<Void> openLate(RoomLog roomLog, List<RoomId> ids) {
    return roomLog.positions(ids).doOnNext(positions -> openLate(ids, positions)).then();
  }

  private void openLate(List<RoomId> ids, Map<RoomId, Long> positions) {
    for (RoomId id : ids) {
      Room room = rooms.find(id);
      if (room != null) {
        room.openLate(positions.getOrDefault(id, 0L));
      }
    }
  }

  /**
   * Compares a room soon, and repeats the events that are in no log.
   *
   * @param since start of the gap; by {@link System#nanoTime}
   */
  void interrupted(RoomId room, long since) {
    Objects.requireNonNull(interrupted.get(room.kind())).add(room, since);
  }

  private Mono<Void> lookAfter(RoomId.Kind kind, Map<RoomId, Long> starts) {
    List<RoomId> ids = List.copyOf(starts.keySet());
    RoomLog roomLog = logs.get(kind);
    long now = System.nanoTime();
    long longest = starts.values().stream().mapToLong(since -> now - since).max().orElse(0);
    Mono<Void> comparison = roomLog == null ? Mono.empty() : compare(roomLog, ids);
    return comparison
        .thenMany(Flux.fromIterable(news))
        .filter(told -> told.kind() == kind)
        .concatMap(told -> told.since(ids, Duration.ofNanos(longest)))
        .doOnNext(this::tell)
        .then();
  }

  private void tell(RoomNews.News late) {
    Room room = rooms.find(late.room());
    if (room != null) {
      room.tell(late.frame());
    }
  }

  /** The rooms of a kind that may have missed messages. */
  private final class Interrupted {
    private final RoomId.Kind kind;
    // Start of the gap by room; at most one entry for each open room.
    private final Map<RoomId, Long> waiting = new ConcurrentHashMap<>();
    private final AtomicLong additions = new AtomicLong();
    private final OneUnderWay looks = new OneUnderWay(this::next);
    // Used by one look at a time.
    private int failures;

    Interrupted(RoomId.Kind kind) {
      this.kind = kind;
    }

    void add(RoomId room, long since) {
      waiting.merge(room, since, Interrupted::earlier);
      additions.incrementAndGet();
      looks.request();
    }

    private static long earlier(long one, long other) {
      return one - other < 0 ? one : other;
    }

    private @Nullable Mono<Void> next() {
      return waiting.isEmpty() ? null : quiet(MOST_PAUSES).then(Mono.defer(this::lookAfterAll));
    }

    /** Completes after a pause in which no further room was added, or after the last pause. */
    private Mono<Void> quiet(int pauses) {
      return Mono.defer(() -> {
        long before = additions.get();
        return Mono.delay(QUIET, scheduler)
            .flatMap(
                _ -> pauses > 1 && additions.get() != before ? quiet(pauses - 1) : Mono.empty());
      });
    }

    private Mono<Void> lookAfterAll() {
      return Flux.fromIterable(List.copyOf(waiting.keySet()))
          .buffer(GROUP)
          .concatMap(this::lookAfterGroup)
          .then()
          .doOnSuccess(_ -> failures = 0)
          .onErrorResume(this::pause);
    }

    private Mono<Void> lookAfterGroup(List<RoomId> group) {
      return Mono.defer(() -> {
        Map<RoomId, Long> starts = take(group);
        return starts.isEmpty()
            ? Mono.empty()
            : lookAfter(kind, starts)
                .doOnError(_ ->
                    starts.forEach((id, since) -> waiting.merge(id, since, Interrupted::earlier)));
      });
    }

    /** Takes the rooms that are still open out of those that wait. */
    private Map<RoomId, Long> take(List<RoomId> group) {
      Map<RoomId, Long> starts = new HashMap<>();
      for (RoomId id : group) {
        Long since = waiting.remove(id);
        if (since != null && rooms.find(id) != null) {
          starts.put(id, since);
        }
      }
      return starts;
    }

    /** Waits before the next attempt for the rooms that are left. */
    private Mono<Void> pause(Throwable failure) {
      log.warn("Could not compare interrupted rooms of kind {}: {}", kind, failure.toString());
      long most = Math.min(LAST_RETRY.toMillis(), FIRST_RETRY.toMillis() << failures);
      failures = Math.min(failures + 1, MOST_DOUBLINGS);
      long millis = ThreadLocalRandom.current().nextLong(most / 2, most + 1);
      return Mono.delay(Duration.ofMillis(millis), scheduler).then();
    }
  }
}
