package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.work.Backlog;
import dev.realtime.gateway.work.Mailbox;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * A room on this instance: frames from the bus pass its gatekeeper, then its exit, then the shard
 * of each event loop that serves members.
 *
 * <p>The room's {@link Mailbox} confines all of it; each call from outside runs as a task in the
 * mailbox. Thus joins, frames and filled holes have one order.
 */
final class Room implements RoomBus.Subscriber {

  /**
   * The services that the rooms of an instance share.
   *
   * @param comparisons receives the rooms that may have missed messages
   * @param doubts receives contradictions between a room and its log
   * @param late receives the rooms that open before their rev is known
   */
  record Services(
      RoomBus bus,
      FrameEncoder encoder,
      Scheduler scheduler,
      Comparisons comparisons,
      LogDoubts doubts,
      Backlog<RoomId> late) {}

  private final RoomId id;
  private final Services services;
  private final Consumer<Room> release;
  private final Mailbox mailbox;
  private final RoomExit exit;
  private final @Nullable Gatekeeper keeper;
  private final Disposable.Swap subscription = Disposables.swap();
  private volatile Mono<Void> ready;

  /**
   * @param log the lasting changes of the room; null for a room without a log
   * @param release receives the room of each place that has ended
   */
  Room(RoomId id, Services services, @Nullable RoomLog log, Consumer<Room> release) {
    this.id = id;
    this.services = services;
    this.release = release;
    this.mailbox = new Mailbox(services.scheduler());
    this.exit = new RoomExit(mailbox, services.encoder(), this::evict, this::expel);
    this.keeper = log == null ? null : new Gatekeeper(id, log, mailbox, exit, services);
    // Replaced once complete, so that the room does not retain its chain of operators.
    this.ready = open().doOnSuccess(_ -> ready = Mono.empty()).cache();
  }

  RoomId id() {
    return id;
  }

  /** Completes when the subscription is active and the room's rev is known, or will be later. */
  Mono<Void> ready() {
    return ready;
  }

  private Mono<Void> open() {
    Gatekeeper opening = keeper;
    Mono<Void> subscribed =
        services.bus().subscribe(id, this).doOnNext(subscription::update).then();
    return opening == null ? subscribed : subscribed.then(Mono.defer(opening::open));
  }

  /** Closes the room on this instance, once its last place has ended. */
  void close() {
    subscription.dispose();
    mailbox.run(() -> {
      exit.close();
      if (keeper != null) {
        keeper.close();
      }
    });
  }

  /** Returns how many members of this instance receive frames from the room; for any thread. */
  int present() {
    return exit.present();
  }

  @Override
  public void received(RoomBus.Message message) {
    tell(Frame.of(message));
  }

  /** Handles a frame that the bus has brought, or may have lost. */
  void tell(Frame frame) {
    mailbox.run(() -> {
      if (frame.rev() == 0 || keeper == null) {
        exit.emit(frame);
      } else {
        keeper.pass(frame);
      }
    });
  }

  @Override
  public void interrupted() {
    interrupted(System.nanoTime());
  }

  @Override
  public void interrupted(long since) {
    services.comparisons().interrupted(id, since);
  }

  /** Records the room's current rev; null for a room without a log. From any thread. */
  Gatekeeper.@Nullable Look look() {
    return keeper == null ? null : keeper.look();
  }

  /**
   * Compares the room with its log. Completes when the comparison has taken effect, and never
   * fails.
   */
  Mono<Void> compareWithLog() {
    return keeper == null ? Mono.empty() : keeper.compareWithLog();
  }

  private long passed() {
    return keeper == null ? 0 : keeper.passed();
  }

  /** Returns whether the room's rev is known, or none is needed. From any thread. */
  boolean isOpen() {
    return keeper == null || keeper.isOpen();
  }

  /** Opens a room whose rev was unknown, at this rev of its log. From any thread. */
  void openLate(long position) {
    if (keeper != null) {
      keeper.openLate(position);
    }
  }

  /**
   * Returns the rev up to which everything has passed; 0 for a room without a log, empty while the
   * rev is unknown.
   */
  Mono<Long> position() {
    return Mono.create(done -> mailbox.run(() -> done.success(isOpen() ? passed() : null)));
  }

  /** Creates a place, which waits. */
  Place admit(RoomMember member, long asOf) {
    Place place = new Place(this, member, asOf);
    mailbox.run(() -> exit.enter(place));
    return place;
  }

  void countPresent(int more) {
    exit.countPresent(more);
  }

  Mono<Boolean> goLive(Place place, long position) {
    return Mono.create(done -> mailbox.run(() -> goLiveNow(place, position, done)));
  }

  private void goLiveNow(Place place, long position, MonoSink<Boolean> done) {
    if (place.isEnded()) {
      done.success(true);
    } else if (passed() > position) {
      done.success(false);
    } else {
      exit.run(
          place,
          _ -> {
            place.startAfter(position);
            done.success(true);
          });
    }
  }

  Mono<Void> goLiveHeld(Place place) {
    return Mono.create(done ->
        mailbox.run(() ->
            exit.run(
                place,
                _ -> {
                  place.startHeld();
                  done.success();
                })));
  }

  void goLiveOnceOpen(Place place, Runnable onLive) {
    mailbox.run(() -> {
      exit.run(place, _ -> place.startHeld());
      if (isOpen()) {
        goLiveOpen(place, passed(), onLive);
      } else {
        exit.await(place, rev -> goLiveOpen(place, rev, onLive));
      }
    });
  }

  private void goLiveOpen(Place place, long rev, Runnable onLive) {
    exit.run(
        place,
        _ -> {
          place.since(rev);
          place.startAfter(rev);
          onLive.run();
        });
  }

  /** Begins the hold at once, whether or not a subscriber waits for the rev. */
  Mono<Long> hold(Place place) {
    Sinks.One<Long> held = Sinks.one();
    mailbox.run(() -> {
      long passed = passed();
      // The member may have received more from the log than the room has passed. Only this call
      // emits, once: it cannot be refused.
      exit.run(place, _ -> held.tryEmitValue(Math.max(place.pause(), passed)));
    });
    return held.asMono();
  }

  Mono<Boolean> renew(Place place, long asOf) {
    return Mono.create(
        done -> mailbox.run(() -> exit.run(place, _ -> done.success(place.renewNow(asOf)))));
  }

  void abandon(Place place) {
    mailbox.run(() ->
        exit.run(
            place,
            shard -> {
              if (place.isHeld()) {
                shard.expel(place);
              }
            }));
  }

  void leave(Place place) {
    if (place.end()) {
      mailbox.run(() -> exit.leave(place));
      release.accept(this);
    }
  }

  private void evict(Place place) {
    if (place.end()) {
      tellEvicted(place);
    }
  }

  /**
   * Ends a place whose member has, or would get, changes that differ from the log, and makes it
   * resume.
   */
  private void expel(Place place) {
    if (place.end()) {
      try {
        tellEvicted(place);
      } finally {
        place.member().outdated(place);
      }
    }
  }

  private void tellEvicted(Place place) {
    mailbox.run(() -> exit.left(place));
    try {
      place.member().evicted(place);
    } finally {
      release.accept(this);
    }
  }
}
