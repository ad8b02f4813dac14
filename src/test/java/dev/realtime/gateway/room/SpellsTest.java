package dev.realtime.gateway.room;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What goes on for a while ends once: by its publisher, or by itself. */
class SpellsTest {

  private static final Duration LASTS = Duration.ofSeconds(7);
  private static final byte[] ON = "on".getBytes(UTF_8);
  private static final byte[] OFF = "off".getBytes(UTF_8);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final List<Frame> ended = new ArrayList<>();
  private final Spells spells =
      new Spells(
          (delay, task) -> time.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS),
          ended::add);

  private static Frame frame(String key, @Nullable Spell spell, byte[] json) {
    return new Frame(
        DeliveryClass.EPHEMERAL,
        0,
        key,
        null,
        Audience.others("a", 100),
        false,
        null,
        spell,
        null,
        json);
  }

  private static Frame begun(String key) {
    return frame(key, new Spell.Begun(LASTS, OFF), ON);
  }

  private static Frame over(String key) {
    return frame(key, new Spell.Over(), OFF);
  }

  @Test
  void endsByItselfForThoseWhoMayHaveBeenTold() {
    assertThat(spells.pass(begun("k"))).isTrue();
    time.advanceTimeBy(LASTS.minusMillis(1));
    assertThat(ended).isEmpty();

    time.advanceTimeBy(Duration.ofMillis(1));

    assertThat(ended).hasSize(1);
    assertThat(ended.getFirst().json()).isEqualTo(OFF);
    assertThat(ended.getFirst().audience()).isEqualTo(Audience.others("a", 0));
    assertThat(spells.pass(over("k"))).as("the end that comes late").isFalse();
  }

  @Test
  void endsOnceWhereThePublisherEndsIt() {
    spells.pass(begun("k"));
    assertThat(spells.pass(over("k"))).isTrue();
    assertThat(spells.pass(over("k"))).isFalse();

    time.advanceTimeBy(LASTS.multipliedBy(2));

    assertThat(ended).isEmpty();
  }

  @Test
  void goesOnWhereItIsToldOfAgain() {
    for (int i = 0; i < 5; i++) {
      assertThat(spells.pass(begun("k"))).isTrue();
      time.advanceTimeBy(LASTS.minusMillis(1));
    }
    assertThat(ended).isEmpty();
    time.advanceTimeBy(Duration.ofMillis(1));
    assertThat(ended).hasSize(1);
  }

  @Test
  void isNotMixedUpWithOthers() {
    spells.pass(begun("k"));
    time.advanceTimeBy(Duration.ofSeconds(3));
    spells.pass(begun("l"));
    assertThat(spells.pass(over("m"))).as("what never began").isFalse();
    assertThat(spells.pass(frame("k", null, ON))).as("what is no spell").isTrue();

    time.advanceTimeBy(Duration.ofSeconds(4));

    assertThat(ended).extracting(Frame::key).containsExactly("k");
  }

  @Test
  void isBounded() {
    for (int i = 0; i < Spells.MOST; i++) {
      assertThat(spells.pass(begun("k" + i))).isTrue();
    }
    assertThat(spells.pass(begun("one more"))).isFalse();
    assertThat(spells.pass(over("one more"))).isFalse();
    assertThat(spells.pass(begun("k0"))).as("one that goes on").isTrue();

    time.advanceTimeBy(LASTS);

    assertThat(ended).hasSize(Spells.MOST);
    assertThat(spells.pass(begun("one more"))).isTrue();
  }

  @Test
  void endsWithoutAWordWithTheRoom() {
    spells.pass(begun("k"));
    spells.clear();

    time.advanceTimeBy(LASTS.multipliedBy(2));

    assertThat(ended).isEmpty();
  }

  @Test
  void crossesTheBus() {
    Frame read = Frame.ofBusMessage(begun("k").toBusMessage());

    assertThat(read.json()).isEqualTo(ON);
    assertThat(read.spell())
        .isInstanceOfSatisfying(
            Spell.Begun.class,
            begun -> {
              assertThat(begun.lasts()).isEqualTo(LASTS);
              assertThat(begun.end()).isEqualTo(OFF);
            });
    assertThat(Frame.ofBusMessage(over("k").toBusMessage()).spell()).isEqualTo(new Spell.Over());
    assertThat(Frame.ofBusMessage(frame("k", null, ON).toBusMessage()).spell()).isNull();
  }
}
