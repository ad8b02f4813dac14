package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

  /** How long doubles of a room go unasked after the log was asked because of one. */
  static final Duration SUSPICION = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(Room.class);

  private final RoomId id;
  private final RoomBus bus;
  private final @Nullable RoomLog roomLog;
  private final FrameEncoder encoder;
  private final Scheduler scheduler;
  private final Interruptions onInterrupted;
  private final LogDoubts doubts;
  private final Consumer<Room> release;
  private volatile Mono<Void> ready;
  private final Disposable.Swap subscription = Disposables.swap();
  private final Mailbox mailbox = new Mailbox();

  private final Sinks.Many<Frame> sink = Sinks.many().multicast().directBestEffort();
  private final Map<EventLoop, RoomShard> shards = new HashMap<>(2);
  private Set<Place> waiting = Set.of();
  private final Spells spells = new Spells(this::after, this::lapsed);
  // Replaced in the mailbox, read by any thread.
  private volatile @Nullable RevGate gate;
  private List<Frame> beforeOpen = List.of();
  private boolean filling;
  private boolean fillDue;
  private boolean suspicious;
  private boolean suspicionRests;
  private boolean closed;
  private int live;

  /** How many hold this room; guarded by the registry's map. */
  int references;

  Room(
      RoomId id,
      RoomBus bus,
      @Nullable RoomLog roomLog,
      FrameEncoder encoder,
      Scheduler scheduler,
      Interruptions onInterrupted,
      LogDoubts doubts,
      Consumer<Room> release) {
    this.id = id;
    this.bus = bus;
    this.roomLog = roomLog;
    this.encoder = encoder;
    this.scheduler = scheduler;
    this.onInterrupted = onInterrupted;
    this.doubts = doubts;
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
    RevGate opened = new RevGate(position, this::emit);
    gate = opened;
    List<Frame> early = beforeOpen;
    beforeOpen = List.of();
    early.forEach(opened::offer);
    fillSoon();
  }

  /** Ends the room here; called once its last reference is gone. */
  void close() {
    subscription.dispose();
    mailbox.run(() -> {
      closed = true;
      spells.clear();
      sink.tryEmitComplete();
    });
  }

  @Override
  public void received(byte[] message) {
    tell(BusFormat.read(message));
  }

  private void pass(Frame frame) {
    RevGate open = gate;
    if (frame.rev() == 0 || roomLog == null) {
      emit(frame);
    } else if (open == null) {
      if (beforeOpen.isEmpty()) {
        beforeOpen = new ArrayList<>();
      }
      beforeOpen.add(frame);
    } else if (frame.rev() <= open.position()) {
      suspect();
    } else {
      open.offer(frame);
      fillSoon();
    }
  }

  /**
   * A double, or a new change under a number that was used before the data went back: the log tells
   * which. Soon, since once it has overtaken the room it does not tell any more.
   */
  private void suspect() {
    suspicious = true;
    if (!suspicionRests && !closed) {
      suspicious = false;
      suspicionRests = true;
      // Owned by nobody: it ends by itself, and never fails.
      compareWithLog().subscribe();
      after(SUSPICION, this::suspectAgain);
    }
  }

  private void suspectAgain() {
    suspicionRests = false;
    if (suspicious) {
      suspect();
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
    if ((largest == 0 || live <= largest) && spells.pass(frame)) {
      toMembers(frame);
    }
  }

  private void toMembers(Frame frame) {
    // The only failures are "no shard" and "terminated": nobody is here to miss the frame. The
    // mailbox keeps emissions apart, and shards ask for everything, so none is refused.
    sink.tryEmitNext(frame);
  }

  /** The instance that should have ended it has not. */
  private void lapsed(Frame begun) {
    toMembers(encoder.end(begun));
  }

  private static void owe(Place membership, Frame frame) {
    RoomMember member = membership.member();
    member.eventLoop().execute(() -> member.oweOwn(frame));
  }

  /**
   * One who is still catching up learns of its removal all the same, as the last thing. It is out
   * from there on: on its event loop, between what it is sent before and what it is not.
   */
  private void evictWaiting(Place membership, Frame frame) {
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
    RevGate open = gate;
    if (open != null && open.hasHole() && !fillDue) {
      fillDue = true;
      after(HOLE_PATIENCE, this::fillNow);
    }
  }

  private void fillNow() {
    fillDue = false;
    RevGate open = gate;
    RoomLog known = roomLog;
    if (open != null && open.hasHole() && !filling && !closed && known != null) {
      filling = true;
      open.look();
      Look look = look();
      // Owned by the room: at most one at a time, and it ends by itself.
      known
          .positions(List.of(id))
          .flatMap(positions ->
              known
                  .changesAfter(id, look.passed())
                  .collectList()
                  .map(page -> new Filling(positions.get(id), page)))
          .subscribe(
              answer -> mailbox.run(() -> filled(look, answer)),
              failure -> mailbox.run(() -> failed(failure)));
    }
  }

  /**
   * What the log told.
   *
   * @param position read before the page, so that what the page lacks up to it nobody has; null
   *     where the room is gone
   */
  private record Filling(@Nullable Long position, List<Frame> page) {}

  private void filled(Look look, Filling answer) {
    filling = false;
    RevGate open = gate;
    Long position = answer.position();
    if (open == null || open != look.gate()) {
      fillSoon();
    } else if (position == null || position < look.passed()) {
      compareNow(look, position);
    } else {
      fill(open, position, answer.page());
    }
  }

  private void fill(RevGate open, long position, List<Frame> page) {
    long before = open.position();
    long told = open.highest();
    page.forEach(frame -> fill(open, frame));
    if (open.confirm(position)) {
      doubts.unfounded(id, told, position);
    }
    if (page.isEmpty()) {
      open.giveUp(position);
    }
    if (open.position() > before && open.hasHole()) {
      fillDue = true;
      after(Duration.ZERO, this::fillNow);
    } else {
      fillSoon();
    }
  }

  private void fill(RevGate open, Frame frame) {
    // The log has no hole of its own, but what is older than its retention is gone.
    if (frame.beginsAnew() && frame.rev() > open.position()) {
      log.info("{} was deleted and made again: whoever is in the old one is told to resume", id);
      expelAll();
      open.skipTo(frame.rev());
    } else {
      open.skipTo(frame.rev() - 1);
      open.offer(frame);
    }
  }

  private void failed(Throwable failure) {
    filling = false;
    log.warn("Could not read the changes of {}: {}", id, failure.toString());
    fillDue = true;
    after(RETRY, this::fillNow);
  }

  private Disposable after(Duration delay, Runnable task) {
    return scheduler.schedule(() -> mailbox.run(task), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void interrupted() {
    interrupted(System.nanoTime());
  }

  @Override
  public void interrupted(long since) {
    onInterrupted.add(id, since);
  }

  /** A frame that the bus may have lost. */
  void tell(Frame frame) {
    mailbox.run(() -> pass(frame));
  }

  /**
   * What the room had passed when its log was asked.
   *
   * @param gate null while the room is opening: nothing has passed yet
   */
  record Look(Room room, @Nullable RevGate gate, long passed) {

    RoomId id() {
      return room.id;
    }
  }

  /** Notes where the room stands; from any thread, before its log is asked. */
  Look look() {
    RevGate open = gate;
    return new Look(this, open, open == null ? 0 : open.position());
  }

  /** Asks the log where it is. Completes when the answer has had its effect, and never fails. */
  Mono<Void> compareWithLog() {
    RoomLog known = roomLog;
    return known == null
        ? Mono.empty()
        : Mono.fromSupplier(this::look)
            .flatMap(look ->
                known
                    .positions(List.of(id))
                    .flatMap(positions -> compared(look, positions.get(id))))
            .onErrorResume(failure -> {
              log.warn("Could not compare {}: {}", id, failure.toString());
              return Mono.empty();
            });
  }

  private Mono<Void> compared(Look look, @Nullable Long position) {
    return Mono.create(done ->
        mailbox.run(() -> {
          compareNow(look, position);
          done.success();
        }));
  }

  /** The log's answer to a question after a look; null where the room is gone. */
  void compare(Look look, @Nullable Long position) {
    mailbox.run(() -> compareNow(look, position));
  }

  /** What has not passed up to the log's position is missing; what has passed beyond is void. */
  private void compareNow(Look look, @Nullable Long position) {
    RevGate open = gate;
    if (open == null || closed || (look.gate() != null && look.gate() != open)) {
      return;
    }
    if (position == null) {
      // What the room belonged to is gone, and the bus has lost the word of it.
      emit(RoomPublisher.dismissal());
    } else if (position < look.passed()) {
      rewind(open, position);
    } else {
      open.expect(position);
      fillSoon();
    }
  }

  /** A change was published after its commit, and passed before the log was asked: it is lost. */
  private void rewind(RevGate old, long position) {
    doubts.rewound(id, old.position(), position);
    expelAll();
    gate = new RevGate(position, this::emit);
    // The old gate has dropped what came meanwhile.
    suspect();
  }

  private void expelAll() {
    List<Place> waited = List.copyOf(waiting);
    waiting = Set.of();
    waited.forEach(this::expelWaiting);
    shards.values().forEach(shard -> shard.expelAll(this::expel));
  }

  private void expelWaiting(Place membership) {
    if (endEvicted(membership)) {
      membership.member().outdated(membership);
    }
  }

  /** A shard has put it out. */
  private void expel(Place membership) {
    if (endEvicted(membership)) {
      mailbox.run(() -> live--);
      membership.member().outdated(membership);
    }
  }

  boolean isLogged() {
    return roomLog != null;
  }

  Place admit(RoomMember member, long asOf) {
    Place membership = new Place(this, member, asOf);
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
  private boolean endWait(Place membership) {
    boolean waited = !waiting.isEmpty() && waiting.remove(membership);
    if (waiting.isEmpty()) {
      waiting = Set.of();
    }
    return waited;
  }

  Mono<Boolean> goLive(Place membership, long position) {
    return Mono.create(done -> mailbox.run(() -> done.success(goLiveNow(membership, position))));
  }

  private boolean goLiveNow(Place membership, long position) {
    if (membership.isEnded()) {
      return true;
    }
    RevGate open = gate;
    if (open != null && open.position() > position) {
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

  Mono<Void> goLiveHeld(Place membership) {
    return Mono.create(done ->
        mailbox.run(() -> {
          if (!membership.isEnded() && endWait(membership)) {
            membership.held = true;
            shard(membership).add(membership, Place.HELD);
            membership.live = true;
            live++;
          }
          done.success();
        }));
  }

  /** The position everything up to which has passed; 0 where nothing lasts. */
  Mono<Long> position() {
    return Mono.create(done -> mailbox.run(() -> done.success(look().passed())));
  }

  Mono<Long> hold(Place membership) {
    return Mono.create(done ->
        mailbox.run(() -> {
          // The log may have told it more than the room has passed yet.
          long position = Math.max(membership.liveFrom, look().passed());
          RoomShard shard = shards.get(membership.member().eventLoop());
          if (!membership.isLive() || shard == null) {
            done.success(position);
          } else {
            membership.held = true;
            shard.hold(membership, () -> done.success(position));
          }
        }));
  }

  Mono<Boolean> renew(Place membership, long asOf) {
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

  private RoomShard shard(Place membership) {
    return shards.computeIfAbsent(membership.member().eventLoop(), this::newShard);
  }

  private RoomShard newShard(EventLoop loop) {
    RoomShard shard = new RoomShard(loop, this::evicted);
    // Lives as long as the room: completed by close().
    sink.asFlux().subscribe(shard);
    return shard;
  }

  void leave(Place membership) {
    if (membership.end()) {
      mailbox.run(() -> remove(membership));
      release.accept(this);
    }
  }

  private void remove(Place membership) {
    RoomShard shard = shards.get(membership.member().eventLoop());
    if (!endWait(membership) && shard != null && membership.live) {
      live--;
      shard.remove(membership);
    }
  }

  /** A shard has put it out. */
  private void evicted(Place membership) {
    if (endEvicted(membership)) {
      mailbox.run(() -> live--);
    }
  }

  private boolean endEvicted(Place membership) {
    boolean first = membership.end();
    if (first) {
      membership.member().evicted(membership);
      release.accept(this);
    }
    return first;
  }
}
