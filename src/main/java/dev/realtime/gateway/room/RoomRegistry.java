package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.work.Backlog;
import dev.realtime.gateway.work.Running;
import dev.realtime.gateway.work.RunningPart;
import dev.realtime.gateway.work.ShutdownOrder;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The rooms of this instance: a room is open while it has a member or a member is about to enter.
 */
public final class RoomRegistry implements RunningPart {

  /**
   * A room that is open on this instance.
   *
   * @param holders how many places it has or is about to create
   */
  private record Open(Room room, int holders) {

    Open plus(int more) {
      return new Open(room, holders + more);
    }
  }

  private final ConcurrentMap<RoomId, Open> rooms = new ConcurrentHashMap<>();
  private final Room.Services services;
  private final Running comparison;

  RoomRegistry(
      RoomBus bus,
      Collection<RoomLog> logs,
      Collection<RoomNews> news,
      FrameEncoder encoder,
      Scheduler scheduler) {
    Comparisons comparisons = new Comparisons(scheduler, logs, news, new OpenRooms());
    this.services =
        new Room.Services(
            bus,
            encoder,
            scheduler,
            comparisons,
            new LogDoubts(scheduler),
            new Backlog<>(comparisons::openLate, scheduler));
    this.comparison = new Running(comparisons::begin);
  }

  private final class OpenRooms implements Comparisons.OpenRooms {

    @Override
    public Collection<RoomId> ids() {
      return rooms.keySet();
    }

    @Override
    public @Nullable Room find(RoomId id) {
      Open open = rooms.get(id);
      return open == null ? null : open.room();
    }
  }

  /**
   * Enters a room that evicts no member; otherwise like {@link #enter(RoomId, RoomMember, long)}.
   */
  public Mono<Place> enter(RoomId id, RoomMember member) {
    return enter(id, member, 0);
  }

  /**
   * Enters a room; the place waits until it goes live.
   *
   * @param asOf the {@code rev} of the state in which the user may be in the room: evictions up to
   *     it are void, later ones end the place
   * @return completes once this instance's subscription to the room is active and its rev known;
   *     fails when the log cannot be read, unless rooms of this kind {@linkplain RoomLog#opensLate
   *     open late}. The room opens whether or not the caller keeps waiting, and leaves a place at
   *     once if the caller has cancelled.
   */
  public Mono<Place> enter(RoomId id, RoomMember member, long asOf) {
    return Handover.of(
        Place.class, caller -> enter(acquire(id), member, asOf, caller), Place::leave);
  }

  private void enter(Room room, RoomMember member, long asOf, Handover<Place> caller) {
    // Owned by the room, which ends the wait by itself: a caller's cancellation must not get here,
    // or the reference would never be released.
    room.ready()
        .subscribe(
            null,
            failure -> {
              abandon(room);
              caller.fail(failure);
            },
            () -> caller.offer(room.admit(member, asOf)));
  }

  /** Returns the log of rooms of a kind; null for a kind without a log. */
  public @Nullable RoomLog log(RoomId.Kind kind) {
    return services.comparisons().log(kind);
  }

  /** Reads the revs that could not be read when their rooms opened, without a further pause. */
  public void openLate() {
    services.late().tryNow();
  }

  /** Returns how many rooms are open on this instance. */
  public int size() {
    return rooms.size();
  }

  /** Returns how many connections of this instance are in a room, or are about to enter it. */
  public int connectionsIn(RoomId id) {
    Open open = rooms.get(id);
    return open == null ? 0 : open.holders();
  }

  /** Returns how many rooms have been compared with their logs. */
  long compared() {
    return services.comparisons().compared();
  }

  /** Returns how often a comparison found that a room had missed a change. */
  long behind() {
    return services.doubts().behind();
  }

  /** Returns how often a room of this instance was ahead of its log. */
  long rewound() {
    return services.doubts().rewound();
  }

  /** Returns how often a room of this instance received changes that its log does not have. */
  long unfounded() {
    return services.doubts().unfounded();
  }

  private Room acquire(RoomId id) {
    return Objects.requireNonNull(
            rooms.compute(
                id, (_, present) -> present == null ? new Open(open(id), 1) : present.plus(1)))
        .room();
  }

  private Room open(RoomId id) {
    return new Room(id, services, log(id.kind()), this::release);
  }

  private void release(Room room) {
    AtomicBoolean last = new AtomicBoolean();
    rooms.computeIfPresent(
        room.id(),
        (_, present) -> {
          if (present.room() != room) {
            return present;
          }
          last.set(present.holders() == 1);
          return last.get() ? null : present.plus(-1);
        });
    if (last.get()) {
      // Outside the map's lock: closing runs tasks of the room, which may ask for other rooms.
      room.close();
    }
  }

  /**
   * Removes a room that could not be opened and has no members; the next enter opens another one.
   */
  private void abandon(Room room) {
    AtomicBoolean first = new AtomicBoolean();
    rooms.computeIfPresent(
        room.id(),
        (_, present) -> {
          first.set(present.room() == room);
          return first.get() ? null : present;
        });
    if (first.get()) {
      room.close();
    }
  }

  /** Delivers a frame to the members of a room on this instance alone. Returns at once. */
  public void tell(RoomId id, Frame frame) {
    Open open = rooms.get(id);
    if (open != null) {
      open.room().tell(frame);
    }
  }

  /**
   * Returns an estimate of the number of connections in a room over all instances. It is exact on a
   * single instance; otherwise it assumes that each instance that listens to the room has as many
   * as this one, since load balancers spread connections evenly.
   */
  public int estimatedSize(RoomId id) {
    Open open = rooms.get(id);
    return open == null ? 0 : open.room().present() * services.bus().reach(id);
  }

  @Override
  public Running running() {
    return comparison;
  }

  /** Stops after the drain, in which clients are served, and their rooms compared, as before. */
  @Override
  public ShutdownOrder order() {
    return ShutdownOrder.VIEWERS;
  }
}
