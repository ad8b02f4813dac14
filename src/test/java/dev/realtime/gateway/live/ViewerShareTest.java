package dev.realtime.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.live.ViewerShare.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What an instance tells Redis of those who watch here. */
class ViewerShareTest {

  private final AtomicLong generations = new AtomicLong();
  private final ViewerShare share = new ViewerShare(generations::incrementAndGet);
  private final List<Long> answers = new ArrayList<>();

  private void join(String userId) {
    Mono.<Long>create(counted -> share.join(userId, counted)).subscribe(answers::add);
  }

  private Batch next(int most) {
    return Objects.requireNonNull(share.next(most));
  }

  @Test
  void tellsWhatHasChangedWhileACallWasUnderWay() {
    join("a");
    assertThat(next(10)).isEqualTo(new Batch(false, 1, 0, false, false, List.of("a"), List.of()));
    join("b");

    share.moved(1, 1);

    assertThat(answers).containsExactly(1L);
    share.leave("a");
    assertThat(next(10))
        .isEqualTo(new Batch(false, 1, 1, false, false, List.of("b"), List.of("a")));
    share.moved(1, 1);
    assertThat(answers).containsExactly(1L, 1L);
  }

  @Test
  void tellsThatItIsHereThoughNothingHasChanged() {
    join("a");
    next(10);
    share.moved(1, 1);
    assertThat(share.next(10)).as("nothing to say").isNull();
    share.renew();

    assertThat(next(10)).isEqualTo(new Batch(false, 1, 1, false, false, List.of(), List.of()));
    assertThat(share.next(10)).as("once").isNull();
  }

  @Test
  void tellsMoreForAPushThatWasPlanned() {
    join("a");
    next(10);
    share.moved(1, 1);

    assertThat(share.waitToPush()).isTrue();
    assertThat(share.waitToPush()).as("one push is enough").isFalse();
    share.pushNow();

    assertThat(next(10)).isEqualTo(new Batch(false, 1, 1, false, false, List.of(), List.of()));
  }

  /** Until a share that Redis has lost is told to its end, nobody is given a count. */
  @Test
  void countsAtItsEndWhenToldAnew() {
    for (String userId : List.of("a", "b", "c")) {
      join(userId);
    }
    next(10);
    share.lost();
    join("d");

    assertThat(next(2)).isEqualTo(new Batch(true, 2, 0, true, true, List.of("a", "b"), List.of()));
    share.moved(2, 2);
    assertThat(answers).isEmpty();
    assertThat(next(2).partial()).isFalse();
    share.moved(4, 4);

    assertThat(answers).containsExactly(4L, 4L, 4L, 4L);
    assertThat(share.next(10)).as("nothing to say").isNull();
  }

  @Test
  void saysHowManyAreHereWhereNobodyCanCount() {
    join("a");
    join("b");
    next(10);
    share.failed();

    assertThat(answers).containsExactly(2L, 2L);
    assertThat(share.next(10)).as("until the next renewal").isNull();
    share.renew();
    assertThat(next(10).anew()).isTrue();
  }
}
