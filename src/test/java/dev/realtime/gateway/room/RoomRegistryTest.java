package dev.realtime.gateway.room;

import static dev.realtime.gateway.room.Listener.enter;
import static dev.realtime.gateway.room.Listener.follow;
import static dev.realtime.gateway.room.Listener.range;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.LocalRoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What a room promises its members, over a bus that promises little. */
@Timeout(60)
class RoomRegistryTest {

  private static final RoomId ROOM = RoomId.chat("c1");

  private final LocalRoomBus bus = new LocalRoomBus();
  private final FakeLog log = new FakeLog();
  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final RoomRegistry registry =
      new RoomRegistry(bus, List.of(log), List.of(), new FrameEncoder(new EnvelopeCodec()), time);
  private final List<EventLoop> loops = List.of(new DefaultEventLoop(), new DefaultEventLoop());
  private final Listener alice = new Listener("alice", loops.get(0));
  private final Listener bob = new Listener("bob", loops.get(1));

  @AfterEach
  void stop() {
    registry.stop();
    for (EventLoop loop : loops) {
      var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  /** Stores a change, and publishes it unless the bus is to lose it. */
  private long change(boolean published) {
    long rev = log.position.incrementAndGet();
    if (published) {
      publish(rev);
    }
    return rev;
  }

  private void publish(long rev) {
    bus.publish(ROOM, BusFormat.write(RevGateTest.frame(rev)));
  }

  private static Frame removal(long rev, String userId) {
    return new Frame(
        Delivery.durable(rev),
        Audience.everyone(),
        Eviction.of(userId),
        null,
        new byte[] {'{', '}'});
  }

  @Test
  void deliversEachChangeOnceInOrderOnAllEventLoops() {
    follow(registry, log, ROOM, alice);
    follow(registry, log, ROOM, bob);

    change(true);
    change(true);
    publish(2);
    publish(1);
    change(true);

    assertThat(alice.settled()).isEqualTo(range(1, 3));
    assertThat(bob.settled()).isEqualTo(range(1, 3));
  }

  @Test
  void waitsTwentyMillisecondsForAHole() {
    follow(registry, log, ROOM, alice);
    change(false);
    change(true);

    time.advanceTimeBy(Duration.ofMillis(19));
    assertThat(alice.settled()).isEmpty();
    assertThat(log.reads).hasValue(0);
    publish(1);

    assertThat(alice.settled()).isEqualTo(range(1, 2));
    time.advanceTimeBy(Duration.ofSeconds(1));
    assertThat(log.reads).as("nothing was missing any more").hasValue(0);
  }

  @Test
  void fillsAHoleFromTheLogBeforeWhatIsAfterIt() {
    follow(registry, log, ROOM, alice);
    change(true);
    for (int i = 0; i < 3 * FakeLog.PAGE; i++) {
      change(false);
    }
    long last = change(true);

    time.advanceTimeBy(Duration.ofMillis(20));

    assertThat(alice.settled()).isEqualTo(range(1, last));
    change(true);
    assertThat(alice.settled()).isEqualTo(range(1, last + 1));
  }

  @Test
  void deliversALostLastChangeLate() {
    registry.start();
    follow(registry, log, ROOM, alice);
    change(true);
    change(false);

    time.advanceTimeBy(Duration.ofSeconds(14));
    assertThat(alice.settled()).isEqualTo(range(1, 1));
    time.advanceTimeBy(Duration.ofSeconds(1).plusMillis(20));

    assertThat(alice.settled()).isEqualTo(range(1, 2));
  }

  @Test
  void comparesAtOnceAfterAnInterruption() {
    follow(registry, log, ROOM, alice);
    change(false);

    bus.interrupt(ROOM);
    time.advanceTimeBy(Duration.ofMillis(20));

    assertThat(alice.settled()).isEqualTo(range(1, 1));
  }

  @Test
  void asksAgainALogThatIsDown() {
    follow(registry, log, ROOM, alice);
    log.failures.set(3);
    change(false);
    change(true);

    time.advanceTimeBy(Duration.ofMillis(20));
    assertThat(alice.settled()).isEmpty();
    time.advanceTimeBy(Duration.ofSeconds(3));

    assertThat(alice.settled()).isEqualTo(range(1, 2));
  }

  @Test
  void hidesWhatABrokenBusDoes() {
    registry.start();
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      long before = log.position.get();
      Listener listener = new Listener("u" + seed, loops.get(seed % 2));
      Place place = follow(registry, log, ROOM, listener);
      List<Long> revs = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        long rev = change(false);
        for (int copies = random.nextInt(4) - 1; copies > 0; copies--) {
          revs.add(rev);
        }
      }
      for (int swaps = random.nextInt(30); swaps > 0 && revs.size() > 1; swaps--) {
        Collections.swap(revs, random.nextInt(revs.size()), random.nextInt(revs.size()));
      }
      for (long rev : revs) {
        publish(rev);
        time.advanceTimeBy(Duration.ofMillis(random.nextInt(8)));
      }
      time.advanceTimeBy(RoomRegistry.COMPARISON.plusMillis(20));

      assertThat(listener.settled()).as("seed %d", seed).isEqualTo(range(before + 1, before + 40));
      place.leave();
    }
    assertThat(registry.size()).isZero();
  }

  @Test
  void keepsAMemberFromLiveBelowItsPosition() {
    follow(registry, log, ROOM, alice);
    Place waiting = enter(registry, ROOM, bob);
    change(true);
    change(true);
    assertThat(bob.settled()).as("it waits").isEmpty();

    assertThat(waiting.goLive(1).block()).as("the room is further").isFalse();
    change(true);
    assertThat(bob.settled()).isEmpty();
    // What the log tells may be ahead of the room: not again what it has told.
    log.position.addAndGet(2);
    assertThat(waiting.goLive(5).block()).isTrue();
    publish(4);
    publish(5);
    change(true);

    assertThat(bob.settled()).isEqualTo(range(6, 6));
    assertThat(alice.settled()).isEqualTo(range(1, 6));
  }

  /** Enters while frames flow: exactly those above its position, whenever that is. */
  @Test
  void losesAndRepeatsNothingInTheJoiningRace() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 1_000; round++) {
        long before = log.position.get();
        int count = 1 + round % 60;
        Listener listener = new Listener("u" + round, loops.get(round % 2));
        Future<?> flow = threads.submit(() -> flow(count));
        Place place = enter(registry, ROOM, listener);
        long position = log.position.get();
        listener.goLive(place, log, ROOM, position);
        flow.get(10, TimeUnit.SECONDS);

        assertThat(listener.settled())
            .as("round %d, from %d", round, position)
            .isEqualTo(range(position + 1, before + count));
        place.leave();
      }
    }
    assertThat(registry.size()).isZero();
  }

  private void flow(int count) {
    for (int i = 0; i < count; i++) {
      change(true);
    }
  }

  @Test
  void deliversNothingToTheRemovedAfterTheirRemoval() {
    Place live = follow(registry, log, ROOM, alice);
    Listener other = new Listener("alice", loops.get(1));
    Place too = follow(registry, log, ROOM, other);
    follow(registry, log, ROOM, bob);
    change(true);

    bus.publish(ROOM, BusFormat.write(removal(log.position.incrementAndGet(), "alice")));
    change(true);

    assertThat(alice.settled()).isEqualTo(range(1, 2));
    assertThat(other.settled()).isEqualTo(range(1, 2));
    assertThat(bob.settled()).isEqualTo(range(1, 3));
    assertThat(alice.evictions).containsExactly(live);
    assertThat(other.evictions).containsExactly(too);
    assertThat(live.isEnded()).isTrue();
    assertThat(live.goLive(0).block()).isTrue();
    change(true);
    assertThat(alice.settled()).isEqualTo(range(1, 2));
    live.leave();
    assertThat(registry.size()).isEqualTo(1);
  }

  @Test
  void deliversNothingAfterTheirRemovalToTheRemovedWhoCatchUp() {
    follow(registry, log, ROOM, bob);
    Place waiting = enter(registry, ROOM, alice);
    change(true);

    long rev = log.position.incrementAndGet();
    bus.publish(ROOM, BusFormat.write(removal(rev, "alice")));
    change(true);

    assertThat(alice.settled()).containsExactly(rev);
    assertThat(waiting.isEnded()).isTrue();
    assertThat(alice.evictions).containsExactly(waiting);
    assertThat(waiting.goLive(0).block()).isTrue();
    change(true);
    assertThat(alice.settled()).containsExactly(rev);
  }

  /** The word of a removal came late, and the removed one is in again. */
  @Test
  void keepsWhoIsBackThoughTheOldRemovalComesLate() {
    follow(registry, log, ROOM, bob);
    long removed = log.position.incrementAndGet();
    long changed = log.position.incrementAndGet();
    Place again = enter(registry, ROOM, alice, changed);
    assertThat(again.goLive(changed).block()).isTrue();
    Listener waits = new Listener("alice", loops.get(1));
    Place waiting = enter(registry, ROOM, waits, changed);

    bus.publish(ROOM, BusFormat.write(removal(removed, "alice")));
    bus.publish(ROOM, BusFormat.write(RevGateTest.frame(changed)));

    assertThat(bob.settled()).containsExactly(removed, changed);
    assertThat(alice.settled()).isEmpty();
    assertThat(waits.settled()).isEmpty();
    assertThat(alice.evictions).isEmpty();
    assertThat(again.isEnded()).isFalse();
    assertThat(waiting.isEnded()).isFalse();

    long later = log.position.incrementAndGet();
    bus.publish(ROOM, BusFormat.write(removal(later, "alice")));
    assertThat(alice.settled()).containsExactly(later);
    assertThat(waits.settled()).containsExactly(later);
    assertThat(again.isEnded()).isTrue();
    assertThat(waiting.isEnded()).isTrue();
  }

  /** Who joins again is told a newer state: what the room has not brought yet is in that. */
  @Test
  void deliversToARenewedPlaceOnlyWhatIsNewerThanItsState() {
    follow(registry, log, ROOM, bob);
    Place place = follow(registry, log, ROOM, alice);
    change(true);
    assertThat(place.hold().block()).isEqualTo(1);
    long removed = log.position.incrementAndGet();
    long back = log.position.incrementAndGet();

    assertThat(place.renew(back).block()).isTrue();
    bus.publish(ROOM, BusFormat.write(removal(removed, "alice")));
    publish(back);
    assertThat(place.goLive(back).block()).isTrue();
    change(true);

    assertThat(alice.settled()).containsExactly(1L, back + 1);
    assertThat(bob.settled()).isEqualTo(range(1, back + 1));
    assertThat(place.isEnded()).isFalse();
    assertThat(registry.size()).isEqualTo(1);
  }

  @Test
  void holdsARemovalInItsOrderUntilTheHeldPlaceIsRenewed() {
    follow(registry, log, ROOM, bob);
    Place place = follow(registry, log, ROOM, alice);
    place.hold().block();
    change(true);
    long removed = log.position.incrementAndGet();

    bus.publish(ROOM, BusFormat.write(removal(removed, "alice")));
    assertThat(alice.settled()).isEmpty();
    assertThat(place.isEnded()).isFalse();

    assertThat(place.renew(removed).block()).isTrue();
    long again = log.position.incrementAndGet();
    bus.publish(ROOM, BusFormat.write(removal(again, "alice")));
    assertThat(alice.settled()).containsExactly(again);
    assertThat(place.renew(again + 1).block()).isFalse();
    assertThat(alice.evictions).containsExactly(place);
  }

  @Test
  void evictsOnlyTheUserThatIsNamed() {
    Place live = follow(registry, log, ROOM, alice);

    bus.publish(ROOM, BusFormat.write(removal(log.position.incrementAndGet(), "*")));

    assertThat(alice.settled()).isEqualTo(range(1, 1));
    assertThat(live.isEnded()).isFalse();
  }

  @Test
  void deliversToAHeldPlaceWhatDoesNotLastAtOnce() {
    follow(registry, log, ROOM, bob);
    change(true);
    Place held = enter(registry, ROOM, alice);
    held.goLiveHeld().block();

    change(true);
    bus.publish(ROOM, BusFormat.write(new Frame(new Delivery.Sampled(), new byte[1])));
    assertThat(alice.settled()).containsExactly(0L);

    assertThat(held.goLive(1).block()).as("the room is further").isFalse();
    assertThat(held.goLive(2).block()).isTrue();
    change(true);
    assertThat(alice.settled()).containsExactly(0L, 3L);
  }

  @Test
  void emptiesADismissedRoomEverywhere() {
    Place live = follow(registry, log, ROOM, alice);
    Place waiting = enter(registry, ROOM, bob);
    Frame dismissal = Frame.eviction(0, Eviction.everyone());

    bus.publish(ROOM, BusFormat.write(dismissal));

    assertThat(alice.settled()).isEmpty();
    assertThat(bob.settled()).isEmpty();
    assertThat(live.isEnded()).isTrue();
    assertThat(waiting.isEnded()).isTrue();
    assertThat(registry.size()).isZero();
  }

  @Test
  void emptiesARoomWhoseDismissalWasLostByTheComparison() {
    registry.start();
    Place live = follow(registry, log, ROOM, alice);

    log.gone.set(true);
    time.advanceTimeBy(RoomRegistry.COMPARISON);

    assertThat(alice.settled()).isEmpty();
    assertThat(live.isEnded()).isTrue();
    assertThat(registry.size()).isZero();
  }

  @Test
  void deliversNothingAfterLeaving() {
    Place place = follow(registry, log, ROOM, alice);
    follow(registry, log, ROOM, bob);
    change(true);
    alice.settled();

    place.leave();
    change(true);

    assertThat(alice.settled()).isEqualTo(range(1, 1));
    assertThat(bob.settled()).isEqualTo(range(1, 2));
    assertThat(registry.size()).isEqualTo(1);
  }

  @Test
  void sparesARoomTooLargeForAFrame() {
    List<Place> places = new ArrayList<>();
    List<Listener> listeners = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Listener listener = new Listener("u" + i, loops.get(i % 2));
      listeners.add(listener);
      places.add(follow(registry, log, ROOM, listener));
    }
    Frame typing =
        new Frame(
            new Delivery.Sampled(), Audience.others("u0", 2), null, null, new byte[] {'{', '}'});

    bus.publish(ROOM, BusFormat.write(typing));
    listeners.forEach(listener -> assertThat(listener.settled()).isEmpty());
    places.get(2).leave();
    bus.publish(ROOM, BusFormat.write(typing));

    assertThat(listeners.get(0).settled()).isEmpty();
    assertThat(listeners.get(1).settled()).containsExactly(0L);
    assertThat(listeners.get(2).settled()).isEmpty();
  }
}
