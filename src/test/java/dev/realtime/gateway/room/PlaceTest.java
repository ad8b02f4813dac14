package dev.realtime.gateway.room;

import static dev.realtime.gateway.room.Listener.range;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Delivery;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What comes through a place in a room, and what ends it. */
@Timeout(60)
class PlaceTest {

  private final TestRoom room = new TestRoom();
  private final Listener alice = room.alice;
  private final Listener bob = room.bob;

  @AfterEach
  void stop() {
    room.stop();
  }

  @Test
  void keepsAMemberFromLiveBelowItsPosition() {
    room.follow(alice);
    Place waiting = room.enter(bob);
    room.change(true);
    room.change(true);
    assertThat(bob.settled()).as("it waits").isEmpty();

    assertThat(waiting.goLive(1).block()).as("the room is further").isFalse();
    room.change(true);
    assertThat(bob.settled()).isEmpty();
    // What the log tells may be ahead of the room: not again what it has told.
    room.log.position.addAndGet(2);
    assertThat(waiting.goLive(5).block()).isTrue();
    room.publish(4);
    room.publish(5);
    room.change(true);

    assertThat(bob.settled()).isEqualTo(range(6, 6));
    assertThat(alice.settled()).isEqualTo(range(1, 6));
  }

  /** Enters while frames flow: exactly those above its position, whenever that is. */
  @Test
  void losesAndRepeatsNothingInTheJoiningRace() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 1_000; round++) {
        long before = room.log.position.get();
        int count = 1 + round % 60;
        Listener listener = new Listener("u" + round, room.loops.get(round % 2));
        Future<?> flow = threads.submit(() -> flow(count));
        Place place = room.enter(listener);
        long position = room.log.position.get();
        listener.goLive(place, room.log, TestRoom.ID, position);
        flow.get(10, TimeUnit.SECONDS);

        assertThat(listener.settled())
            .as("round %d, from %d", round, position)
            .isEqualTo(range(position + 1, before + count));
        place.leave();
      }
    }
    assertThat(room.registry.size()).isZero();
  }

  private void flow(int count) {
    for (int i = 0; i < count; i++) {
      room.change(true);
    }
  }

  @Test
  void deliversNothingToTheRemovedAfterTheirRemoval() {
    Place live = room.follow(alice);
    Listener other = new Listener("alice", room.loops.get(1));
    Place too = room.follow(other);
    room.follow(bob);
    room.change(true);

    room.publish(TestRoom.removal(room.log.position.incrementAndGet(), "alice"));
    room.change(true);

    assertThat(alice.settled()).isEqualTo(range(1, 2));
    assertThat(other.settled()).isEqualTo(range(1, 2));
    assertThat(bob.settled()).isEqualTo(range(1, 3));
    assertThat(alice.evictions).containsExactly(live);
    assertThat(other.evictions).containsExactly(too);
    assertThat(live.isEnded()).isTrue();
    assertThat(live.goLive(0).block()).isTrue();
    room.change(true);
    assertThat(alice.settled()).isEqualTo(range(1, 2));
    live.leave();
    assertThat(room.registry.size()).isEqualTo(1);
  }

  @Test
  void deliversNothingAfterTheirRemovalToTheRemovedWhoCatchUp() {
    room.follow(bob);
    Place waiting = room.enter(alice);
    room.change(true);

    long rev = room.log.position.incrementAndGet();
    room.publish(TestRoom.removal(rev, "alice"));
    room.change(true);

    assertThat(alice.settled()).containsExactly(rev);
    assertThat(waiting.isEnded()).isTrue();
    assertThat(alice.evictions).containsExactly(waiting);
    assertThat(waiting.goLive(0).block()).isTrue();
    room.change(true);
    assertThat(alice.settled()).containsExactly(rev);
  }

  /** The word of a removal came late, and the removed one is in again. */
  @Test
  void keepsWhoIsBackThoughTheOldRemovalComesLate() {
    room.follow(bob);
    long removed = room.log.position.incrementAndGet();
    long changed = room.log.position.incrementAndGet();
    Place again = room.enter(alice, changed);
    assertThat(again.goLive(changed).block()).isTrue();
    Listener waits = new Listener("alice", room.loops.get(1));
    Place waiting = room.enter(waits, changed);

    room.publish(TestRoom.removal(removed, "alice"));
    room.publish(RevGateTest.frame(changed));

    assertThat(bob.settled()).containsExactly(removed, changed);
    assertThat(alice.settled()).isEmpty();
    assertThat(waits.settled()).isEmpty();
    assertThat(alice.evictions).isEmpty();
    assertThat(again.isEnded()).isFalse();
    assertThat(waiting.isEnded()).isFalse();

    long later = room.log.position.incrementAndGet();
    room.publish(TestRoom.removal(later, "alice"));
    assertThat(alice.settled()).containsExactly(later);
    assertThat(waits.settled()).containsExactly(later);
    assertThat(again.isEnded()).isTrue();
    assertThat(waiting.isEnded()).isTrue();
  }

  /** Who joins again is told a newer state: what the room has not brought yet is in that. */
  @Test
  void deliversToARenewedPlaceOnlyWhatIsNewerThanItsState() {
    room.follow(bob);
    Place place = room.follow(alice);
    room.change(true);
    assertThat(place.hold().position().block()).isEqualTo(1);
    long removed = room.log.position.incrementAndGet();
    long back = room.log.position.incrementAndGet();

    assertThat(place.renew(back).block()).isTrue();
    room.publish(TestRoom.removal(removed, "alice"));
    room.publish(back);
    assertThat(place.goLive(back).block()).isTrue();
    room.change(true);

    assertThat(alice.settled()).containsExactly(1L, back + 1);
    assertThat(bob.settled()).isEqualTo(range(1, back + 1));
    assertThat(place.isEnded()).isFalse();
    assertThat(room.registry.size()).isEqualTo(1);
  }

  @Test
  void holdsARemovalInItsOrderUntilTheHeldPlaceIsRenewed() {
    room.follow(bob);
    Place place = room.follow(alice);
    place.hold().position().block();
    room.change(true);
    long removed = room.log.position.incrementAndGet();

    room.publish(TestRoom.removal(removed, "alice"));
    assertThat(alice.settled()).isEmpty();
    assertThat(place.isEnded()).isFalse();

    assertThat(place.renew(removed).block()).isTrue();
    long again = room.log.position.incrementAndGet();
    room.publish(TestRoom.removal(again, "alice"));
    assertThat(alice.settled()).containsExactly(again);
    assertThat(place.renew(again + 1).block()).isFalse();
    assertThat(alice.evictions).containsExactly(place);
  }

  @Test
  void evictsOnlyTheUserThatIsNamed() {
    Place live = room.follow(alice);

    room.publish(TestRoom.removal(room.log.position.incrementAndGet(), "*"));

    assertThat(alice.settled()).isEqualTo(range(1, 1));
    assertThat(live.isEnded()).isFalse();
  }

  @Test
  void deliversToAHeldPlaceWhatDoesNotLastAtOnce() {
    room.follow(bob);
    room.change(true);
    Place held = room.enter(alice);
    held.goLiveHeld().block();

    room.change(true);
    room.publish(new Frame(new Delivery.Sampled(), new byte[1]));
    assertThat(alice.settled()).containsExactly(0L);

    assertThat(held.goLive(1).block()).as("the room is further").isFalse();
    assertThat(held.goLive(2).block()).isTrue();
    room.change(true);
    assertThat(alice.settled()).containsExactly(0L, 3L);
  }

  @Test
  void deliversNothingAfterLeaving() {
    Place place = room.follow(alice);
    room.follow(bob);
    room.change(true);
    alice.settled();

    place.leave();
    room.change(true);

    assertThat(alice.settled()).isEqualTo(range(1, 1));
    assertThat(bob.settled()).isEqualTo(range(1, 2));
    assertThat(room.registry.size()).isEqualTo(1);
  }
}
