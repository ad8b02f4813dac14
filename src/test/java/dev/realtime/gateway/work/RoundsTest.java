package dev.realtime.gateway.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

class RoundsTest {

  private static final Duration PERIOD = Duration.ofSeconds(3);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final List<Integer> visited = new ArrayList<>();

  @Test
  void visitsEachOnceAPeriodAndAFewAtATime() {
    List<Integer> items = Stream.iterate(0, number -> number + 1).limit(300).toList();
    Disposable rounds = new Rounds<>(items, visited::add).begin(PERIOD, time);

    for (int step = 1; step <= Rounds.STEPS; step++) {
      time.advanceTimeBy(PERIOD.dividedBy(Rounds.STEPS));
      assertThat(visited).hasSize(step * 10);
    }

    assertThat(visited).containsExactlyInAnyOrderElementsOf(items);
    rounds.dispose();
    time.advanceTimeBy(PERIOD);
    assertThat(visited).hasSize(300);
  }

  @Test
  void goesOnAfterAVisitThatFails() {
    Disposable rounds = new Rounds<>(List.of(0, 30, 1), this::visit).begin(PERIOD, time);

    time.advanceTimeBy(PERIOD.multipliedBy(2));

    assertThat(visited).containsExactly(30, 1, 30, 1);
    rounds.dispose();
  }

  private void visit(Integer item) {
    if (item == 0) {
      throw new IllegalStateException("refused");
    }
    visited.add(item);
  }
}
