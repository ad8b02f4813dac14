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
  private volatile @Nullable Disposable comparison;

  RoomRegistry(RoomBus bus, Collection<RoomLog> logs, Scheduler scheduler) {
    this.bus = bus;
    this.scheduler = scheduler;
    logs.forEach(roomLog -> this.logs.put(roomLog.kind(), roomLog));
  }

  /** Takes a place in a room that nobody is put out of; else as the other one. */
  public Mono<Membership> enter(RoomId id, RoomMember member) {
    return enter(id, member, 0);
  }

  /**
   * Takes a place in a room, which waits until it goes live.
   *
   * @param asOf the {@code rev} of the state that says the member may be in it: removals up to it
   *     are over, those after it end the place
   * @return completes once this instance's subscription to the room is active and its position
   *     known; fails when the log cannot be read. Not to be cancelled: who asked must leave.
   */
  public Mono<Membership> enter(RoomId id, RoomMember member, long asOf) {
    return Mono.defer(() -> {
      Room room = acquire(id);
      return room.ready()
          .then(Mono.fromSupplier(() -> room.admit(member, asOf)))
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
    return new Room(id, bus, logs.get(id.kind()), scheduler, this::release);
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
    List<RoomId> ids = rooms.keySet().stream().filter(id -> id.kind() == roomLog.kind()).toList();
    return ids.isEmpty()
        ? Mono.empty()
        : roomLog.positions(ids).doOnNext(positions -> compare(ids, positions)).then();
  }

  private void compare(List<RoomId> ids, Map<RoomId, Long> positions) {
    for (RoomId id : ids) {
      Room room = rooms.get(id);
      Long position = positions.get(id);
      if (room != null && position != null) {
        room.compare(position);
      } else if (room != null) {
        // What the room belonged to is gone, and the bus has lost the word of it.
        room.received(RoomPublisher.dismissal().toBusMessage());
      }
    }
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
