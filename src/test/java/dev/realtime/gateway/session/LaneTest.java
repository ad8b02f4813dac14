package dev.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

@Timeout(30)
class LaneTest {

  private final Lanes.Lane lane = new Lanes.Lane("lane", null);
  private final List<Integer> done = Collections.synchronizedList(new ArrayList<>());

  private Mono<Void> command(int number) {
    return Mono.fromRunnable(() -> done.add(number));
  }

  @Test
  void carriesOutAtOnceWhenIdle() {
    StepVerifier.create(lane.offer(command(1))).verifyComplete();

    assertThat(done).containsExactly(1);
  }

  @Test
  void waitsForTheCommandBefore() {
    Sinks.Empty<Void> first = Sinks.empty();
    lane.offer(first.asMono());
    lane.offer(command(2));
    lane.offer(command(3));
    assertThat(done).isEmpty();

    first.tryEmitEmpty().orThrow();

    assertThat(done).containsExactly(2, 3);
  }

  @Test
  void goesOnAfterAFailure() {
    Sinks.Empty<Void> first = Sinks.empty();
    lane.offer(first.asMono());
    lane.offer(command(2));

    first.tryEmitError(new IllegalStateException("expected")).orThrow();

    assertThat(done).containsExactly(2);
  }

  @Test
  void asksToWaitWhileItIsFullAndUntilItIsHalfEmpty() {
    List<Sinks.Empty<Void>> gates =
        IntStream.rangeClosed(0, Lanes.Lane.CAPACITY).mapToObj(i -> Sinks.<Void>empty()).toList();
    for (int i = 0; i < Lanes.Lane.CAPACITY; i++) {
      StepVerifier.create(lane.offer(gates.get(i).asMono())).verifyComplete();
    }
    AtomicInteger freed = new AtomicInteger();
    Disposable space =
        lane.offer(gates.getLast().asMono()).subscribe(null, null, freed::incrementAndGet);

    int ended = 0;
    while (freed.get() == 0) {
      gates.get(ended++).tryEmitEmpty().orThrow();
    }

    assertThat(space.isDisposed()).isTrue();
    assertThat(ended).isBetween(2, Lanes.Lane.CAPACITY / 2 + 2);
    gates.forEach(Sinks.Empty::tryEmitEmpty);
    StepVerifier.create(lane.offer(command(99))).verifyComplete();
    assertThat(done).containsExactly(99);
  }

  @Test
  void needsNoStackForALongRowOfCommands() {
    Sinks.Empty<Void> first = Sinks.empty();
    lane.offer(first.asMono());
    for (int i = 0; i < 100_000; i++) {
      lane.offer(command(i));
    }

    first.tryEmitEmpty().orThrow();

    assertThat(done).hasSize(100_000).isSorted();
  }

  @Test
  void keepsTheOrderWhateverThreadsFinish() {
    int commands = 5_000;
    AtomicInteger running = new AtomicInteger();
    Sinks.Empty<Void> last = Sinks.empty();

    Mono<Void> all =
        Flux.range(0, commands)
            .concatMap(i -> lane.offer(step(i, running)), 0)
            .then(Mono.defer(() -> lane.offer(Mono.fromRunnable(last::tryEmitEmpty))))
            .then(last.asMono());

    StepVerifier.create(all).expectComplete().verify(Duration.ofSeconds(20));
    assertThat(done).hasSize(commands).isSorted();
  }

  private Mono<Void> step(int number, AtomicInteger running) {
    Mono<Void> step =
        Mono.fromRunnable(() -> {
          assertThat(running.incrementAndGet()).as("one at a time").isEqualTo(1);
          done.add(number);
          running.decrementAndGet();
        });
    return number % 3 == 0 ? step : step.subscribeOn(Schedulers.parallel());
  }
}
