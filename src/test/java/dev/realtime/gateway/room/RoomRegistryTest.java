package dev.realtime.gateway.room;

import static dev.realtime.gateway.room.Listener.range;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.room.Frame.Eviction;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a room promises its members, over a bus that promises little. */
@Timeout(60)
class RoomRegistryTest {

  private final TestRoom room = new TestRoom();
  private final Listener alice = room.alice;
  private final Listener bob = room.bob;

  @AfterEach
  void stop() {
    room.stop();
  }

  @Test
  void deliversEachChangeOnceInOrderOnAllEventLoops() {
    room.follow(alice);
    room.follow(bob);

    room.change(true);
    room.change(true);
    room.publish(2);
    room.publish(1);
    room.change(true);

    assertThat(alice.settled()).isEqualTo(range(1, 3));
    assertThat(bob.settled()).isEqualTo(range(1, 3));
  }

  /** Each change would else wake every event loop that ever had a member. */
  @Test
  void wakesNoEventLoopThatHasNoMemberAnyMore() {
    room.follow(alice);
    for (boolean leaves : List.of(true, false)) {
      Place place = room.follow(bob);
      if (leaves) {
        place.leave();
      } else {
        room.publish(TestRoom.removal(room.log.position.incrementAndGet(), "bob"));
      }
      bob.settled();

      assertThat(tasksOfBobsLoop(() -> room.change(true))).isZero();
    }

    room.follow(bob);
    long last = room.change(true);
    assertThat(alice.settled()).isEqualTo(range(1, last));
    assertThat(bob.settled()).endsWith(last);
  }

  /** Counts the tasks that an action submits to an event loop, which carries none out meanwhile. */
  private int tasksOfBobsLoop(Runnable action) {
    SingleThreadEventExecutor loop = (SingleThreadEventExecutor) bob.eventLoop();
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean over = new AtomicBoolean();
    loop.execute(() -> {
      begun.countDown();
      while (!over.get()) {
        Thread.onSpinWait();
      }
    });
    try {
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      action.run();
      return loop.pendingTasks();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    } finally {
      over.set(true);
    }
  }

  @Test
  void waitsTwentyMillisecondsForAHole() {
    room.follow(alice);
    room.change(false);
    room.change(true);

    room.time.advanceTimeBy(Duration.ofMillis(19));
    assertThat(alice.settled()).isEmpty();
    assertThat(room.log.reads).hasValue(0);
    room.publish(1);

    assertThat(alice.settled()).isEqualTo(range(1, 2));
    room.time.advanceTimeBy(Duration.ofSeconds(1));
    assertThat(room.log.reads).as("nothing was missing any more").hasValue(0);
  }

  @Test
  void fillsAHoleFromTheLogBeforeWhatIsAfterIt() {
    room.follow(alice);
    room.change(true);
    for (int i = 0; i < 3 * FakeLog.PAGE; i++) {
      room.change(false);
    }
    long last = room.change(true);

    room.time.advanceTimeBy(Duration.ofMillis(20));

    assertThat(alice.settled()).isEqualTo(range(1, last));
    room.change(true);
    assertThat(alice.settled()).isEqualTo(range(1, last + 1));
  }

  @Test
  void deliversALostLastChangeLate() {
    room.registry.start();
    room.follow(alice);
    room.change(true);
    room.change(false);

    room.time.advanceTimeBy(Duration.ofSeconds(14));
    assertThat(alice.settled()).isEqualTo(range(1, 1));
    room.time.advanceTimeBy(Duration.ofSeconds(1).plusMillis(20));

    assertThat(alice.settled()).isEqualTo(range(1, 2));
  }

  @Test
  void comparesSoonAfterAnInterruption() {
    room.follow(alice);
    room.change(false);

    room.bus.interrupt(TestRoom.ID);
    room.time.advanceTimeBy(Comparisons.QUIET.plusMillis(20));

    assertThat(alice.settled()).isEqualTo(range(1, 1));
  }

  @Test
  void asksAgainALogThatIsDown() {
    room.follow(alice);
    room.log.failures.set(3);
    room.change(false);
    room.change(true);

    room.time.advanceTimeBy(Duration.ofMillis(20));
    assertThat(alice.settled()).isEmpty();
    room.time.advanceTimeBy(Gatekeeper.RETRY.multipliedBy(3 * 3));

    assertThat(alice.settled()).isEqualTo(range(1, 2));
  }

  @Test
  void hidesWhatABrokenBusDoes() {
    room.registry.start();
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      long before = room.log.position.get();
      Listener listener = new Listener("u" + seed, room.loops.get(seed % 2));
      Place place = room.follow(listener);
      List<Long> revs = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        long rev = room.change(false);
        for (int copies = random.nextInt(4) - 1; copies > 0; copies--) {
          revs.add(rev);
        }
      }
      for (int swaps = random.nextInt(30); swaps > 0 && revs.size() > 1; swaps--) {
        Collections.swap(revs, random.nextInt(revs.size()), random.nextInt(revs.size()));
      }
      for (long rev : revs) {
        room.publish(rev);
        room.time.advanceTimeBy(Duration.ofMillis(random.nextInt(8)));
      }
      room.time.advanceTimeBy(Comparisons.PERIOD.plusMillis(20));

      assertThat(listener.settled()).as("seed %d", seed).isEqualTo(range(before + 1, before + 40));
      place.leave();
    }
    assertThat(room.registry.size()).isZero();
  }

  @Test
  void emptiesADismissedRoomEverywhere() {
    Place live = room.follow(alice);
    Place waiting = room.enter(bob);
    Frame dismissal = Frame.eviction(0, Eviction.everyone());

    room.publish(dismissal);

    assertThat(alice.settled()).isEmpty();
    assertThat(bob.settled()).isEmpty();
    assertThat(live.isEnded()).isTrue();
    assertThat(waiting.isEnded()).isTrue();
    assertThat(room.registry.size()).isZero();
  }

  @Test
  void emptiesARoomWhoseDismissalWasLostByTheComparison() {
    room.registry.start();
    Place live = room.follow(alice);

    room.log.gone.set(true);
    room.time.advanceTimeBy(Comparisons.PERIOD);

    assertThat(alice.settled()).isEmpty();
    assertThat(live.isEnded()).isTrue();
    assertThat(room.registry.size()).isZero();
  }

  @Test
  void sparesARoomTooLargeForAFrame() {
    List<Place> places = new ArrayList<>();
    List<Listener> listeners = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Listener listener = new Listener("u" + i, room.loops.get(i % 2));
      listeners.add(listener);
      places.add(room.follow(listener));
    }
    Frame typing =
        new Frame(
            new Delivery.Sampled(), Audience.others("u0", 2), null, null, new byte[] {'{', '}'});

    room.publish(typing);
    listeners.forEach(listener -> assertThat(listener.settled()).isEmpty());
    places.get(2).leave();
    room.publish(typing);

    assertThat(listeners.get(0).settled()).isEmpty();
    assertThat(listeners.get(1).settled()).containsExactly(0L);
    assertThat(listeners.get(2).settled()).isEmpty();
  }
}
