package dev.realtime.gateway.room;

import static dev.realtime.gateway.room.Listener.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A place that is held goes live again, or its member resumes: never a silent hole. */
@Timeout(60)
class HoldTest {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int SEEDS = Integer.getInteger("gateway.seeds", 500);

  private final TestRoom room = new TestRoom();

  @AfterEach
  void stop() {
    room.stop();
  }

  private void assertEmpty() {
    assertThat(room.registry.size()).as("rooms").isZero();
    assertThat(room.bus.listeners(List.of(TestRoom.ID)).block(DEADLINE)).isEmpty();
  }

  @Test
  void endsThePlaceWhereItIsClosedBeforeItIsLive() {
    Place place = room.follow(room.alice);
    Hold hold = place.hold();

    hold.close();
    hold.close();

    room.alice.settled();
    assertThat(place.isEnded()).isTrue();
    assertThat(room.alice.outdated).containsExactly(place);
    assertEmpty();
  }

  @Test
  void isOverOnceThePlaceIsLive() {
    Place place = room.follow(room.alice);
    Hold first = place.hold();
    assertThat(first.goLive(0).block(DEADLINE)).isTrue();
    Hold second = place.hold();
    first.close();
    assertThat(second.goLive(0).block(DEADLINE)).isTrue();
    second.close();
    room.change(true);

    assertThat(room.alice.settled()).isEqualTo(range(1, 1));
    assertThat(place.isLive()).isTrue();
    assertThat(room.alice.outdated).isEmpty();
  }

  @Test
  void isStillToBeClosedWhereTheRoomWasFurther() {
    Place place = room.follow(room.alice);
    Hold hold = place.hold();
    room.change(true);
    assertThat(hold.goLive(0).block(DEADLINE)).isFalse();

    hold.close();

    room.alice.settled();
    assertThat(room.alice.outdated).containsExactly(place);
  }

  @Test
  void beginsWithThePlace() {
    Place place = room.enter(room.alice);

    Hold.ofEntered(place, 0).close();

    room.alice.settled();
    assertThat(room.alice.outdated).containsExactly(place);
    assertEmpty();
  }

  /** Whoever holds a place, and what follows, may be cancelled at any moment. */
  @Test
  void isReleasedWheneverItsHolderGivesUp() {
    Random random = new Random(1);
    for (int seed = 0; seed < SEEDS; seed++) {
      Listener listener = new Listener("u" + seed, room.loops.get(seed % 2));
      Place place = room.follow(listener);
      Disposable holder = holder(place, random).subscribe();
      LockSupport.parkNanos(random.nextInt(100_000));
      holder.dispose();

      await()
          .atMost(DEADLINE)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> place.isLive() || place.isEnded());
      await()
          .atMost(DEADLINE)
          .pollInterval(Duration.ofMillis(1))
          .untilAsserted(() -> assertThat(listener.outdated).hasSize(place.isEnded() ? 1 : 0));
      place.leave();
    }
    assertEmpty();
  }

  private static Mono<?> holder(Place place, Random random) {
    Mono<Long> later = later(random.nextInt(60));
    return Mono.using(
        place::hold,
        hold -> hold.position().flatMap(at -> later.then(hold.goLive(at))),
        Hold::close);
  }

  private static Mono<Long> later(int micros) {
    return micros < 20
        ? Mono.just(0L)
        : Mono.delay(Duration.ofNanos(micros * 1_000L), Schedulers.parallel());
  }
}
