package dev.realtime.gateway.room;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * A room on this instance: what the bus brings passes its gate, then its sink, then the shard of
 * each event loop that serves members.
 *
 * <p>All state is confined to the room's {@link Mailbox}; what comes from outside is a task in it.
 * That is what keeps joining, frames and filled holes in one order.
 */
final class Room implements RoomBus.Subscriber {

  /** How long a hole waits for the bus before it is filled from the log. */
  static final Duration HOLE_PATIENCE = Duration.ofMillis(20);

  /** How long a fill that failed waits before it is tried again. */
  static final Duration RETRY = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(Room.class);

  private final RoomId id;
  private final RoomBus bus;
  private final @Nullable RoomLog roomLog;
  private final Scheduler scheduler;
  private final Consumer<Room> release;
  private volatile Mono<Void> ready;
  private final Disposable.Swap subscription = Disposables.swap();
  private final Mailbox mailbox = new Mailbox();

  private final Sinks.Many<Frame> sink = Sinks.many().multicast().directBestEffort();
  private final Map<EventLoop, RoomShard> shards = new HashMap<>(2);
  private Set<Membership> waiting = Set.of();
  private @Nullable RevGate gate;
  private List<Frame> beforeOpen = List.of();
  private boolean filling;
  private boolean fillDue;
  private boolean closed;
  private int live;

  /** How many hold this room; guarded by the registry's map. */
  int references;

  Room(
      RoomId id,
      RoomBus bus,
      @Nullable RoomLog roomLog,
      Scheduler scheduler,
      Consumer<Room> release) {
    this.id = id;
    this.bus = bus;
    this.roomLog = roomLog;
    this.scheduler = scheduler;
    this.release = release;
    // What led there is not kept as long as the room.
    this.ready = open().doOnSuccess(_ -> ready = Mono.empty()).cache();
  }

  RoomId id() {
    return id;
  }

  /** Completes when the subscription is active and the room's position is known. */
  Mono<Void> ready() {
    return ready;
  }

  private Mono<Void> open() {
    Mono<Void> subscribed = bus.subscribe(id, this).doOnNext(subscription::update).then();
    if (roomLog == null) {
      return subscribed;
    }
    return subscribed
        .then(Mono.defer(() -> roomLog.positions(List.of(id))))
        .doOnNext(positions -> mailbox.run(() -> openGate(positions.getOrDefault(id, 0L))))
        .then();
  }

  private void openGate(long position) {
    gate = new RevGate(position, this::emit);
    List<Frame> early = beforeOpen;
    beforeOpen = List.of();
    early.forEach(this::pass);
  }

  /** Ends the room here; called once its last reference is gone. */
  void close() {
    subscription.dispose();
    mailbox.run(() -> {
      closed = true;
      sink.tryEmitComplete();
    });
  }

  @Override
  public void received(byte[] message) {
    Frame frame = Frame.ofBusMessage(message);
    mailbox.run(() -> pass(frame));
  }

  private void pass(Frame frame) {
    if (frame.rev() == 0 || roomLog == null) {
      emit(frame);
    } else if (gate == null) {
      if (beforeOpen.isEmpty()) {
        beforeOpen = new ArrayList<>();
      }
      beforeOpen.add(frame);
    } else {
      gate.offer(frame);
      fillSoon();
    }
  }

  private void emit(Frame frame) {
    if (frame.change() != null) {
      waiting.stream()
          .filter(place -> frame.isAboutMembershipOf(place.member()))
          .filter(place -> !place.isEvictedBy(frame))
          .forEach(place -> owe(place, frame));
    }
    if (frame.evicts() != null) {
      waiting.stream()
          .filter(place -> place.isEvictedBy(frame))
          .toList()
          .forEach(place -> evictWaiting(place, frame));
    }
    int largest = frame.audience().largestRoom();
    if (largest == 0 || live <= largest) {
      // The only failures are "no shard" and "terminated": nobody is here to miss the frame. The
      // mailbox keeps emissions apart, and shards ask for everything, so none is refused.
      sink.tryEmitNext(frame);
    }
  }

  private static void owe(Membership membership, Frame frame) {
    RoomMember member = membership.member();
    member.eventLoop().execute(() -> member.oweOwn(frame));
  }

  /**
   * One who is still catching up learns of its removal all the same, as the last thing. It is out
   * from there on: on its event loop, between what it is sent before and what it is not.
   */
  private void evictWaiting(Membership membership, Frame frame) {
    endWait(membership);
    membership
        .member()
        .eventLoop()
        .execute(() -> {
          membership.deliverLast(frame);
          endEvicted(membership);
        });
  }

  /** Something exists that has not passed: after a moment it is read from the log. */
  private void fillSoon() {
    if (gate != null && gate.hasHole() && !fillDue) {
      fillDue = true;
      after(HOLE_PATIENCE, this::fillNow);
    }
  }

  private void fillNow() {
    fillDue = false;
    if (gate != null && gate.hasHole() && !filling && !closed && roomLog != null) {
      filling = true;
      long known = gate.highest();
      // Owned by the room: at most one at a time, and it ends by itself.
      roomLog
          .changesAfter(id, gate.position())
          .collectList()
          .subscribe(
              page -> mailbox.run(() -> filled(page, known)),
              failure -> mailbox.run(() -> failed(failure)));
    }
  }

  private void filled(List<Frame> page, long known) {
    filling = false;
    RevGate open = Objects.requireNonNull(gate);
    for (Frame frame : page) {
      // The log has no hole of its own, but what is older than its retention is gone.
      open.skipTo(frame.rev() - 1);
      open.offer(frame);
    }
    if (page.isEmpty()) {
      // What was known before the log was read is committed and readable: nobody has it any more.
      open.giveUp(known);
    }
    if (open.hasHole()) {
      fillDue = true;
      after(Duration.ZERO, this::fillNow);
    }
  }

  private void failed(Throwable failure) {
    filling = false;
    log.warn("Could not read the changes of {}: {}", id, failure.toString());
    fillDue = true;
    after(RETRY, this::fillNow);
  }

  private void after(Duration delay, Runnable task) {
    scheduler.schedule(() -> mailbox.run(task), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void interrupted() {
    if (roomLog != null) {
      // Owned by nobody: a failure is made good by the next comparison.
      roomLog
          .positions(List.of(id))
          .subscribe(
              positions -> compare(positions.getOrDefault(id, 0L)),
              failure -> log.warn("Could not compare {}: {}", id, failure.toString()));
    }
  }

  /** The log's position: what has not passed up to it is missing. */
  void compare(long position) {
    mailbox.run(() -> {
      if (gate != null) {
        gate.expect(position);
        fillSoon();
      }
    });
  }

  boolean isLogged() {
    return roomLog != null;
  }

  Membership admit(RoomMember member, long asOf) {
    Membership membership = new Membership(this, member, asOf);
    mailbox.run(() -> {
      if (!membership.isEnded()) {
        if (waiting.isEmpty()) {
          waiting = new HashSet<>();
        }
        waiting.add(membership);
      }
    });
    return membership;
  }

  /** Ends a wait, if there was one; where nobody waits, most of the time, nothing is kept. */
  private boolean endWait(Membership membership) {
    boolean waited = !waiting.isEmpty() && waiting.remove(membership);
    if (waiting.isEmpty()) {
      waiting = Set.of();
    }
    return waited;
  }

  Mono<Boolean> goLive(Membership membership, long position) {
    return Mono.create(done -> mailbox.run(() -> done.success(goLiveNow(membership, position))));
  }

  private boolean goLiveNow(Membership membership, long position) {
    if (membership.isEnded()) {
      return true;
    }
    if (gate != null && gate.position() > position) {
      return false;
    }
    membership.liveFrom = position;
    if (membership.held) {
      membership.held = false;
      shard(membership).add(membership, position);
    } else if (endWait(membership)) {
      shard(membership).add(membership, position);
      membership.live = true;
      live++;
    }
    return true;
  }

  Mono<Void> goLiveHeld(Membership membership) {
    return Mono.create(done ->
        mailbox.run(() -> {
          if (!membership.isEnded() && endWait(membership)) {
            membership.held = true;
            shard(membership).add(membership, Membership.HELD);
            membership.live = true;
            live++;
          }
          done.success();
        }));
  }

  /** The position everything up to which has passed; 0 where nothing lasts. */
  Mono<Long> position() {
    return Mono.create(
        done -> mailbox.run(() -> done.success(gate == null ? 0L : gate.position())));
  }

  Mono<Long> hold(Membership membership) {
    return Mono.create(done ->
        mailbox.run(() -> {
          // The log may have told it more than the room has passed yet.
          long position = Math.max(membership.liveFrom, gate == null ? 0L : gate.position());
          RoomShard shard = shards.get(membership.member().eventLoop());
          if (!membership.isLive() || shard == null) {
            done.success(position);
          } else {
            membership.held = true;
            shard.hold(membership, () -> done.success(position));
          }
        }));
  }

  Mono<Boolean> renew(Membership membership, long asOf) {
    return Mono.create(done ->
        mailbox.run(() -> {
          RoomShard shard = shards.get(membership.member().eventLoop());
          if (!membership.live || shard == null) {
            done.success(false);
          } else {
            shard.renew(membership, asOf, done::success);
          }
        }));
  }

  private RoomShard shard(Membership membership) {
    return shards.computeIfAbsent(membership.member().eventLoop(), this::newShard);
  }

  private RoomShard newShard(EventLoop loop) {
    RoomShard shard = new RoomShard(loop, this::evicted);
    // Lives as long as the room: completed by close().
    sink.asFlux().subscribe(shard);
    return shard;
  }

  void leave(Membership membership) {
    if (membership.end()) {
      mailbox.run(() -> remove(membership));
      release.accept(this);
    }
  }

  private void remove(Membership membership) {
    RoomShard shard = shards.get(membership.member().eventLoop());
    if (!endWait(membership) && shard != null && membership.live) {
      live--;
      shard.remove(membership);
    }
  }

  /** A shard has put it out. */
  private void evicted(Membership membership) {
    if (endEvicted(membership)) {
      mailbox.run(() -> live--);
    }
  }

  private boolean endEvicted(Membership membership) {
    boolean first = membership.end();
    if (first) {
      membership.member().evicted(membership);
      release.accept(this);
    }
    return first;
  }
}
