package dev.realtime.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.live.ViewerShare.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What an instance tells Redis of those who watch here. */
class ViewerShareTest {

  private final ViewerShare share = new ViewerShare();
  private final List<Long> answers = new ArrayList<>();

  private void join(String userId) {
    Mono.<Long>create(counted -> share.join(userId, counted)).subscribe(answers::add);
  }

  private Batch next(int most) {
    return Objects.requireNonNull(share.next(false, most));
  }

  @Test
  void tellsWhatHasChangedWhileACallWasUnderWay() {
    join("a");
    assertThat(next(10)).isEqualTo(new Batch(false, 0, false, List.of("a"), List.of()));
    join("b");
    assertThat(share.next(true, 10)).as("one call at a time").isNull();

    share.moved(1, 1);

    assertThat(answers).containsExactly(1L);
    share.leave("a");
    assertThat(share.next(false, 10)).as("in the rest").isNull();
    share.rested();
    assertThat(next(10)).isEqualTo(new Batch(false, 1, false, List.of("b"), List.of("a")));
    share.moved(1, 1);
    assertThat(answers).containsExactly(1L, 1L);
  }

  /** A push that was missed would not be made good before the next renewal. */
  @Test
  void whatIsDueInAnyCaseWaitsForNoRest() {
    join("a");
    next(10);
    share.moved(1, 1);
    join("b");

    assertThat(share.next(true, 10)).isEqualTo(new Batch(false, 1, false, List.of("b"), List.of()));
  }

  /** Until a share that Redis has lost is told to its end, nobody is given a count. */
  @Test
  void aShareThatIsToldAnewIsCountedAtItsEnd() {
    for (String userId : List.of("a", "b", "c")) {
      join(userId);
    }
    next(10);
    share.lost();
    join("d");

    assertThat(next(2)).isEqualTo(new Batch(true, 0, true, List.of("a", "b"), List.of()));
    share.moved(2, 2);
    share.rested();
    assertThat(answers).isEmpty();
    assertThat(next(2).partial()).isFalse();
    share.moved(4, 4);

    assertThat(answers).containsExactly(4L, 4L, 4L, 4L);
    share.rested();
    assertThat(share.next(false, 10)).as("nothing to say").isNull();
  }

  @Test
  void saysHowManyAreHereWhereNobodyCanCount() {
    join("a");
    join("b");
    next(10);
    share.failed();

    assertThat(answers).containsExactly(2L, 2L);
    assertThat(next(10).anew()).isTrue();
  }
}
