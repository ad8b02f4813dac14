package dev.realtime.gateway.room;

import static dev.realtime.gateway.room.Listener.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A room whose log has lost what the room has passed, or never had what the bus tells. */
@Timeout(60)
class RewoundLogTest {

  private static final long HUGE = 1_000_000_000_000L;

  private final TestRoom room = new TestRoom();
  private final EventLoop loop = room.loops.get(0);
  private final Listener alice = room.alice;
  private final Listener bob = room.bob;

  @AfterEach
  void stop() {
    room.stop();
  }

  private void assertToldToResume(Listener listener, Place... places) {
    listener.settled();
    assertThat(listener.outdated).containsExactly(places);
    assertThat(places).allMatch(Place::isEnded);
  }

  @Test
  void isNoticedByTheComparison() {
    room.log.position.set(100);
    room.registry.start();
    Place live = room.follow(alice);
    Place waiting = room.enter(bob);

    room.log.position.set(97);
    room.time.advanceTimeBy(Comparisons.PERIOD);

    assertToldToResume(alice, live);
    assertToldToResume(bob, waiting);
    assertThat(room.registry.size()).isZero();
    assertThat(room.registry.rewound()).isEqualTo(1);
  }

  @Test
  void isNoticedAtOnceByNewChangesUnderOldNumbers() {
    room.log.position.set(100);
    Place live = room.follow(alice);
    Listener held = new Listener("carol", loop);
    Place heldPlace = room.enter(held);
    heldPlace.goLiveHeld().block();

    room.log.position.set(97);
    room.change(true);

    assertToldToResume(alice, live);
    assertToldToResume(held, heldPlace);
    room.follow(bob);
    room.change(true);
    room.change(true);
    assertThat(bob.settled()).isEqualTo(range(99, 100));
    assertThat(alice.settled()).isEmpty();
  }

  /** The room is held open while its gate is opened anew: nothing of the new changes is lost. */
  @Test
  void losesNothingForWhoEntersWhileTheRoomIsOpenedAnew() {
    room.log.position.set(100);
    Place live = room.follow(alice);
    room.log.position.set(96);
    room.log.onPosition.set(() -> {
      room.log.onPosition.set(null);
      // The answer is on its way and does not tell of this one, and the room drops it.
      room.change(true);
      room.change(true);
    });
    room.change(true);
    Place late = room.enter(bob);

    bob.goLive(late, room.log, TestRoom.ID, 97);
    room.time.advanceTimeBy(Gatekeeper.SUSPICION.plusMillis(20));
    room.change(true);

    assertToldToResume(alice, live);
    assertThat(bob.settled()).isEqualTo(range(98, 100));
  }

  @Test
  void doublesAreAskedAboutOnceASecondAtMost() {
    room.follow(alice);
    long last = room.change(true);
    int before = room.log.asked.get();

    for (int i = 0; i < 1_000; i++) {
      room.publish(last);
      room.time.advanceTimeBy(Duration.ofMillis(10));
    }

    assertThat(room.log.asked.get() - before).isBetween(5, 12);
    assertThat(alice.settled()).isEqualTo(range(1, last));
    assertThat(alice.outdated).isEmpty();
    assertThat(room.registry.rewound()).isZero();
  }

  @Test
  void shutsNothingForAForgedNumber() {
    room.follow(alice);
    room.change(true);

    room.publish(HUGE);
    room.time.advanceTimeBy(Gatekeeper.HOLE_PATIENCE);
    room.change(true);
    assertThat(alice.settled()).as("without delay").isEqualTo(range(1, 2));
    room.publish(HUGE - 1);
    room.change(true);
    assertThat(alice.settled()).as("while it is looked at").isEqualTo(range(1, 3));
    room.time.advanceTimeBy(Duration.ofSeconds(30));

    int reads = room.log.reads.get();
    room.time.advanceTimeBy(Duration.ofSeconds(30));
    assertThat(room.log.reads).as("it is forgotten").hasValue(reads);
    assertThat(room.registry.unfounded()).isEqualTo(2);
    assertThat(alice.settled()).isEqualTo(range(1, 3));
    assertThat(alice.outdated).isEmpty();
  }

  @Test
  void fillsAHoleBelowAForgedNumber() {
    room.follow(alice);
    room.log.position.addAndGet(3 * FakeLog.PAGE);

    room.publish(HUGE);
    room.time.advanceTimeBy(Gatekeeper.HOLE_PATIENCE);

    assertThat(alice.settled()).isEqualTo(range(1, room.log.position.get()));
    room.change(true);
    assertThat(alice.settled()).isEqualTo(range(1, room.log.position.get()));
    assertThat(room.registry.unfounded()).isEqualTo(1);
  }

  /** It is published after its commit: the log's answer may be older than both. */
  @Test
  void trustsWhatComesWhileTheLogIsAsked() {
    room.follow(alice);
    room.log.onPosition.set(() -> {
      room.log.onPosition.set(null);
      room.log.position.addAndGet(2);
      room.publish(2);
    });

    room.publish(HUGE);
    room.time.advanceTimeBy(Gatekeeper.HOLE_PATIENCE);
    room.time.advanceTimeBy(Gatekeeper.HOLE_PATIENCE);

    assertThat(alice.settled()).isEqualTo(range(1, 2));
  }

  /** A forged next change passes: the honest one under its number shows it. */
  @Test
  void findsOutAForgedNextChange() {
    room.log.position.set(10);
    room.registry.start();
    Place live = room.follow(alice);

    room.publish(11);
    room.time.advanceTimeBy(Comparisons.PERIOD);

    assertToldToResume(alice, live);
  }

  @Test
  void closesARoomLeftOpenWhereItsLogBeginsAnew() {
    room.log.position.set(5);
    room.registry.start();
    Place old = room.follow(alice);
    room.log.begin.set(6);
    room.log.position.set(6);
    Place present = room.enter(bob);
    assertThat(present.goLive(6).block()).isTrue();

    room.change(true);
    room.time.advanceTimeBy(Gatekeeper.HOLE_PATIENCE);
    room.change(true);

    assertToldToResume(alice, old);
    assertThat(alice.settled()).as("nothing of what is not its own").isEmpty();
    assertToldToResume(bob, present);
    room.follow(bob);
    room.change(true);
    assertThat(bob.settled()).endsWith(9L);
  }

  @Test
  void closesAQuietRoomLeftOpenByTheComparison() {
    room.log.position.set(5);
    room.registry.start();
    Place old = room.follow(alice);

    room.log.begin.set(6);
    room.log.position.set(6);
    room.time.advanceTimeBy(Comparisons.PERIOD.plus(Gatekeeper.HOLE_PATIENCE));

    assertToldToResume(alice, old);
  }
}
