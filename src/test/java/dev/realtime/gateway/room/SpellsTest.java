package dev.realtime.gateway.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Delivery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What goes on for a while ends once: by its publisher, or by itself. */
class SpellsTest {

  private static final Duration LASTS = Duration.ofSeconds(6);
  private static final Duration ENDS = LASTS.plus(Spells.GRACE);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final List<Frame> ended = new ArrayList<>();
  private final Spells spells =
      new Spells(
          (delay, task) -> time.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS),
          ended::add);

  private static Frame begun(String key) {
    return new Frame(new Delivery.Begins(key, LASTS), new byte[] {'{', '}'});
  }

  private static Frame over(String key) {
    return new Frame(new Delivery.Ends(key), new byte[] {'{', '}'});
  }

  @Test
  void endsByItselfWhereThePublisherDoesNotEndIt() {
    Frame begun = begun("k");
    assertThat(spells.pass(begun)).isTrue();
    time.advanceTimeBy(ENDS.minusMillis(1));
    assertThat(ended).isEmpty();

    time.advanceTimeBy(Duration.ofMillis(1));

    assertThat(ended).containsExactly(begun);
    assertThat(spells.pass(over("k"))).as("the end that comes late").isFalse();
  }

  @Test
  void endsOnceWhereThePublisherEndsIt() {
    spells.pass(begun("k"));
    assertThat(spells.pass(over("k"))).isTrue();
    assertThat(spells.pass(over("k"))).isFalse();

    time.advanceTimeBy(ENDS.multipliedBy(2));

    assertThat(ended).isEmpty();
  }

  @Test
  void goesOnWhereItIsToldOfAgain() {
    for (int i = 0; i < 5; i++) {
      assertThat(spells.pass(begun("k"))).isTrue();
      time.advanceTimeBy(ENDS.minusMillis(1));
    }
    assertThat(ended).isEmpty();
    time.advanceTimeBy(Duration.ofMillis(1));
    assertThat(ended).hasSize(1);
  }

  @Test
  void isNotMixedUpWithOthers() {
    Frame begun = begun("k");
    spells.pass(begun);
    time.advanceTimeBy(Duration.ofSeconds(3));
    spells.pass(begun("l"));
    assertThat(spells.pass(over("m"))).as("what never began").isFalse();
    assertThat(spells.pass(new Frame(new Delivery.Latest("k"), new byte[] {'{', '}'})))
        .as("what is no spell")
        .isTrue();

    time.advanceTimeBy(Duration.ofSeconds(4));

    assertThat(ended).containsExactly(begun);
  }

  @Test
  void isBounded() {
    for (int i = 0; i < Spells.MOST; i++) {
      assertThat(spells.pass(begun("k" + i))).isTrue();
    }
    assertThat(spells.pass(begun("one more"))).isFalse();
    assertThat(spells.pass(over("one more"))).isFalse();
    assertThat(spells.pass(begun("k0"))).as("one that goes on").isTrue();

    time.advanceTimeBy(ENDS);

    assertThat(ended).hasSize(Spells.MOST);
    assertThat(spells.pass(begun("one more"))).isTrue();
  }

  @Test
  void endsWithoutAWordWithTheRoom() {
    spells.pass(begun("k"));
    spells.clear();

    time.advanceTimeBy(ENDS.multipliedBy(2));

    assertThat(ended).isEmpty();
  }
}
