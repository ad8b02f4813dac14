package dev.realtime.gateway.room;

import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** The rooms of this instance: a room is here while somebody is in it or about to enter. */
public final class RoomRegistry implements SmartLifecycle {

  /** How often the positions of all rooms are compared with their logs. */
  static final Duration COMPARISON = Duration.ofSeconds(15);

  private static final Logger log = LoggerFactory.getLogger(RoomRegistry.class);

  private final ConcurrentMap<RoomId, Room> rooms = new ConcurrentHashMap<>();
  private final Map<RoomId.Kind, RoomLog> logs = new EnumMap<>(RoomId.Kind.class);
  private final RoomBus bus;
  private final Scheduler scheduler;
  private final LogDoubts doubts;
  private volatile @Nullable Disposable comparison;

  RoomRegistry(RoomBus bus, Collection<RoomLog> logs, Scheduler scheduler) {
    this.bus = bus;
    this.scheduler = scheduler;
    this.doubts = new LogDoubts(scheduler);
    logs.forEach(roomLog -> this.logs.put(roomLog.kind(), roomLog));
  }

  /**
   * Takes a place in a room, which waits until it goes live.
   *
   * @return completes once this instance's subscription to the room is active and its position
   *     known; fails when the log cannot be read. Not to be cancelled: who asked must leave.
   */
  public Mono<Membership> enter(RoomId id, RoomMember member) {
    return Mono.defer(() -> {
      Room room = acquire(id);
      return room.ready()
          .then(Mono.fromSupplier(() -> room.admit(member)))
          .doOnError(_ -> release(room));
    });
  }

  /** What knows the lasting changes of rooms of a kind; null where nothing lasts. */
  public @Nullable RoomLog log(RoomId.Kind kind) {
    return logs.get(kind);
  }

  /** How many rooms are open on this instance. */
  public int size() {
    return rooms.size();
  }

  /** How often a room of this instance was found to be ahead of its log. */
  long rewound() {
    return doubts.rewound();
  }

  /** How often a room of this instance was told of changes its log does not have. */
  long unfounded() {
    return doubts.unfounded();
  }

  private Room acquire(RoomId id) {
    return Objects.requireNonNull(
        rooms.compute(
            id,
            (_, present) -> {
              Room room = present == null ? open(id) : present;
              room.references++;
              return room;
            }));
  }

  private Room open(RoomId id) {
    return new Room(id, bus, logs.get(id.kind()), scheduler, doubts, this::release);
  }

  private void release(Room room) {
    rooms.computeIfPresent(
        room.id(),
        (_, present) -> {
          if (--present.references > 0) {
            return present;
          }
          present.close();
          return null;
        });
  }

  private Mono<Void> compareAll() {
    return Flux.fromIterable(logs.values())
        .concatMap(this::compare)
        .onErrorResume(failure -> {
          log.warn("Could not compare the rooms: {}", failure.toString());
          return Mono.empty();
        })
        .then();
  }

  private Mono<Void> compare(RoomLog roomLog) {
    // Where each room stands is noted before the question: a log below that has gone back.
    List<Room.Look> looks =
        rooms.values().stream()
            .filter(room -> room.id().kind() == roomLog.kind())
            .map(Room::look)
            .toList();
    return looks.isEmpty()
        ? Mono.empty()
        : roomLog
            .positions(looks.stream().map(Room.Look::id).toList())
            .doOnNext(positions ->
                looks.forEach(look -> look.room().compare(look, positions.get(look.id()))))
            .then();
  }

  @Override
  public void start() {
    comparison =
        Flux.interval(COMPARISON, scheduler)
            .onBackpressureDrop()
            .concatMap(_ -> compareAll())
            .subscribe();
  }

  @Override
  public void stop() {
    Disposable running = comparison;
    if (running != null) {
      running.dispose();
      comparison = null;
    }
  }

  @Override
  public boolean isRunning() {
    return comparison != null;
  }
}
