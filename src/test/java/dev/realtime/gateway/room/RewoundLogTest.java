package dev.realtime.gateway.room;

import static dev.realtime.gateway.room.Listener.enter;
import static dev.realtime.gateway.room.Listener.follow;
import static dev.realtime.gateway.room.Listener.range;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.LocalRoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A room whose log has lost what the room has passed, or never had what the bus tells. */
@Timeout(60)
class RewoundLogTest {

  private static final RoomId ROOM = RoomId.chat("c1");
  private static final long HUGE = 1_000_000_000_000L;

  private final LocalRoomBus bus = new LocalRoomBus();
  private final FakeLog log = new FakeLog();
  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final RoomRegistry registry =
      new RoomRegistry(bus, List.of(log), List.of(), new FrameEncoder(new EnvelopeCodec()), time);
  private final EventLoop loop = new DefaultEventLoop();
  private final Listener alice = new Listener("alice", loop);
  private final Listener bob = new Listener("bob", loop);

  @AfterEach
  void stop() {
    registry.stop();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private long change() {
    long rev = log.position.incrementAndGet();
    publish(rev);
    return rev;
  }

  private void publish(long rev) {
    bus.publish(ROOM, BusFormat.write(RevGateTest.frame(rev)));
  }

  private void assertToldToResume(Listener listener, Place... places) {
    listener.settled();
    assertThat(listener.outdated).containsExactly(places);
    assertThat(places).allMatch(Place::isEnded);
  }

  @Test
  void isNoticedByTheComparison() {
    log.position.set(100);
    registry.start();
    Place live = follow(registry, log, ROOM, alice);
    Place waiting = enter(registry, ROOM, bob);

    log.position.set(97);
    time.advanceTimeBy(RoomRegistry.COMPARISON);

    assertToldToResume(alice, live);
    assertToldToResume(bob, waiting);
    assertThat(registry.size()).isZero();
    assertThat(registry.rewound()).isEqualTo(1);
  }

  @Test
  void isNoticedAtOnceByNewChangesUnderOldNumbers() {
    log.position.set(100);
    Place live = follow(registry, log, ROOM, alice);
    Listener held = new Listener("carol", loop);
    Place heldPlace = enter(registry, ROOM, held);
    heldPlace.goLiveHeld().block();

    log.position.set(97);
    change();

    assertToldToResume(alice, live);
    assertToldToResume(held, heldPlace);
    follow(registry, log, ROOM, bob);
    change();
    change();
    assertThat(bob.settled()).isEqualTo(range(99, 100));
    assertThat(alice.settled()).isEmpty();
  }

  /** The room is held open while its gate is opened anew: nothing of the new changes is lost. */
  @Test
  void losesNothingForWhoEntersWhileTheRoomIsOpenedAnew() {
    log.position.set(100);
    Place live = follow(registry, log, ROOM, alice);
    log.position.set(96);
    log.onPosition.set(() -> {
      log.onPosition.set(null);
      // The answer is on its way and does not tell of this one, and the room drops it.
      change();
      change();
    });
    change();
    Place late = enter(registry, ROOM, bob);

    bob.goLive(late, log, ROOM, 97);
    time.advanceTimeBy(Room.SUSPICION.plusMillis(20));
    change();

    assertToldToResume(alice, live);
    assertThat(bob.settled()).isEqualTo(range(98, 100));
  }

  @Test
  void doublesAreAskedAboutOnceASecondAtMost() {
    follow(registry, log, ROOM, alice);
    long last = change();
    int before = log.asked.get();

    for (int i = 0; i < 1_000; i++) {
      publish(last);
      time.advanceTimeBy(Duration.ofMillis(10));
    }

    assertThat(log.asked.get() - before).isBetween(5, 12);
    assertThat(alice.settled()).isEqualTo(range(1, last));
    assertThat(alice.outdated).isEmpty();
    assertThat(registry.rewound()).isZero();
  }

  @Test
  void shutsNothingForAForgedNumber() {
    follow(registry, log, ROOM, alice);
    change();

    publish(HUGE);
    time.advanceTimeBy(Room.HOLE_PATIENCE);
    change();
    assertThat(alice.settled()).as("without delay").isEqualTo(range(1, 2));
    publish(HUGE - 1);
    change();
    assertThat(alice.settled()).as("while it is looked at").isEqualTo(range(1, 3));
    time.advanceTimeBy(Duration.ofSeconds(30));

    int reads = log.reads.get();
    time.advanceTimeBy(Duration.ofSeconds(30));
    assertThat(log.reads).as("it is forgotten").hasValue(reads);
    assertThat(registry.unfounded()).isEqualTo(2);
    assertThat(alice.settled()).isEqualTo(range(1, 3));
    assertThat(alice.outdated).isEmpty();
  }

  @Test
  void fillsAHoleBelowAForgedNumber() {
    follow(registry, log, ROOM, alice);
    log.position.addAndGet(3 * FakeLog.PAGE);

    publish(HUGE);
    time.advanceTimeBy(Room.HOLE_PATIENCE);

    assertThat(alice.settled()).isEqualTo(range(1, log.position.get()));
    change();
    assertThat(alice.settled()).isEqualTo(range(1, log.position.get()));
    assertThat(registry.unfounded()).isEqualTo(1);
  }

  /** It is published after its commit: the log's answer may be older than both. */
  @Test
  void trustsWhatComesWhileTheLogIsAsked() {
    follow(registry, log, ROOM, alice);
    log.onPosition.set(() -> {
      log.onPosition.set(null);
      log.position.addAndGet(2);
      publish(2);
    });

    publish(HUGE);
    time.advanceTimeBy(Room.HOLE_PATIENCE);
    time.advanceTimeBy(Room.HOLE_PATIENCE);

    assertThat(alice.settled()).isEqualTo(range(1, 2));
  }

  /** A forged next change passes: the honest one under its number shows it. */
  @Test
  void findsOutAForgedNextChange() {
    log.position.set(10);
    registry.start();
    Place live = follow(registry, log, ROOM, alice);

    publish(11);
    time.advanceTimeBy(RoomRegistry.COMPARISON);

    assertToldToResume(alice, live);
  }

  @Test
  void closesARoomLeftOpenWhereItsLogBeginsAnew() {
    log.position.set(5);
    registry.start();
    Place old = follow(registry, log, ROOM, alice);
    log.begin.set(6);
    log.position.set(6);
    Place present = enter(registry, ROOM, bob);
    assertThat(present.goLive(6).block()).isTrue();

    change();
    time.advanceTimeBy(Room.HOLE_PATIENCE);
    change();

    assertToldToResume(alice, old);
    assertThat(alice.settled()).as("nothing of what is not its own").isEmpty();
    assertToldToResume(bob, present);
    follow(registry, log, ROOM, bob);
    change();
    assertThat(bob.settled()).endsWith(9L);
  }

  @Test
  void closesAQuietRoomLeftOpenByTheComparison() {
    log.position.set(5);
    registry.start();
    Place old = follow(registry, log, ROOM, alice);

    log.begin.set(6);
    log.position.set(6);
    time.advanceTimeBy(RoomRegistry.COMPARISON.plus(Room.HOLE_PATIENCE));

    assertToldToResume(alice, old);
  }
}
