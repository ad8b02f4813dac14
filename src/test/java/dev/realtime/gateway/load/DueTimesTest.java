package dev.realtime.gateway.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DueTimesTest {

  private static final long SECOND = 1_000_000_000L;

  @Test
  void publishersTakeTurnsAtEvenSteps() {
    DueTimes times = new DueTimes(SECOND, 10, 2);

    List<Long> due =
        LongStream.range(0, 3)
            .boxed()
            .flatMap(
                turn -> IntStream.range(0, 2).mapToObj(publisher -> times.due(publisher, turn)))
            .toList();

    assertThat(due)
        .containsExactly(
            SECOND,
            SECOND + SECOND / 10,
            SECOND + 2 * SECOND / 10,
            SECOND + 3 * SECOND / 10,
            SECOND + 4 * SECOND / 10,
            SECOND + 5 * SECOND / 10);
  }

  /** A step that is no whole number of nanoseconds adds up to no error. */
  @Test
  void driftNever() {
    DueTimes times = new DueTimes(0, 3, 1);

    assertThat(times.due(0, 3L * 3_600)).isEqualTo(3_600 * SECOND);
    assertThat(times.due(0, 1)).isEqualTo(333_333_333);
    assertThat(times.due(0, 2)).isEqualTo(666_666_667);
  }
}
