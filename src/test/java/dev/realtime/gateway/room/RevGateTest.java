package dev.realtime.gateway.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Delivery;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RevGateTest {

  private final List<Long> passed = new ArrayList<>();

  private RevGate gate(long position) {
    return new RevGate(position, frame -> passed.add(frame.rev()));
  }

  static Frame frame(long rev) {
    return new Frame(Delivery.durable(rev), new byte[] {'{', '}'});
  }

  private void offer(RevGate gate, long... revs) {
    LongStream.of(revs).forEach(rev -> gate.offer(frame(rev)));
  }

  @Test
  void passesWhatFollowsAndDropsWhatHasPassed() {
    RevGate gate = gate(3);

    offer(gate, 2, 3, 4, 4, 5, 1);

    assertThat(passed).containsExactly(4L, 5L);
    assertThat(gate.position()).isEqualTo(5);
    assertThat(gate.hasHole()).isFalse();
  }

  @Test
  void keepsWhatIsTooEarlyUntilTheHoleIsFilled() {
    RevGate gate = gate(0);

    offer(gate, 3, 2, 5);
    assertThat(passed).isEmpty();
    assertThat(gate.hasHole()).isTrue();

    offer(gate, 1);
    assertThat(passed).containsExactly(1L, 2L, 3L);
    assertThat(gate.hasHole()).isTrue();

    offer(gate, 4);
    assertThat(passed).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(gate.hasHole()).isFalse();
  }

  @Test
  void passesOneFrameInThePlaceOfALargeHole() {
    RevGate gate = gate(1);
    offer(gate, 900, 903, 905);
    List<Frame> page = List.of(Frame.eviction(700, Frame.Eviction.of("gone")), frame(903));

    gate.fill(page, frame -> frame.rev() == 903, () -> {});
    gate.fill(page, frame -> frame.rev() == 903, () -> {});

    assertThat(passed).as("an eviction moves nothing").containsExactly(700L, 903L);
    assertThat(gate.hasHole()).isTrue();
    offer(gate, 904);
    assertThat(passed).containsExactly(700L, 903L, 904L, 905L);
    assertThat(gate.hasHole()).isFalse();
  }

  @Test
  void expectsWhatIsKnownToExist() {
    RevGate gate = gate(7);

    gate.expect(7);
    assertThat(gate.hasHole()).isFalse();
    gate.expect(9);
    assertThat(gate.hasHole()).isTrue();
    gate.expect(8);
    offer(gate, 8);
    assertThat(gate.hasHole()).isTrue();
    offer(gate, 9);
    assertThat(gate.hasHole()).isFalse();
  }

  @Test
  void skipsWhatNobodyHasAnyMore() {
    RevGate gate = gate(0);

    offer(gate, 5, 9);
    gate.skipTo(4);
    assertThat(passed).containsExactly(5L);

    gate.giveUp(gate.highest());
    assertThat(passed).containsExactly(5L, 9L);
    gate.expect(12);
    gate.giveUp(gate.highest());
    assertThat(gate.position()).isEqualTo(12);
    assertThat(gate.hasHole()).isFalse();
  }

  @Test
  void holdsABoundedNumberAndStillMissesNothing() {
    RevGate gate = gate(0);
    int count = 3 * RevGate.CAPACITY;
    for (long rev = count; rev > 1; rev--) {
      gate.offer(frame(rev));
    }

    gate.offer(frame(1));
    assertThat(gate.position()).isEqualTo(RevGate.CAPACITY + 1);
    assertThat(gate.hasHole()).as("those dropped are still known to exist").isTrue();
    for (long rev = 1; rev <= count; rev++) {
      gate.offer(frame(rev));
    }

    assertThat(passed).isEqualTo(LongStream.rangeClosed(1, count).boxed().toList());
  }

  @Test
  void forgetsWhatTheLogDoesNotHave() {
    RevGate gate = gate(3);
    offer(gate, 5, 6, 1_000);

    gate.look();
    offer(gate, 8, 9);
    assertThat(gate.confirm(6)).isTrue();
    assertThat(gate.highest()).as("published after the look").isEqualTo(9);
    offer(gate, 4);

    assertThat(passed).containsExactly(4L, 5L, 6L);
    assertThat(gate.hasHole()).isTrue();
    offer(gate, 7);
    assertThat(passed).containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
    assertThat(gate.hasHole()).isFalse();
    gate.look();
    assertThat(gate.confirm(9)).isFalse();
  }

  @Test
  void takesTheLogsWordForWhatExists() {
    RevGate gate = gate(3);

    gate.look();
    assertThat(gate.confirm(7)).isFalse();

    assertThat(gate.hasHole()).isTrue();
    gate.giveUp(7);
    assertThat(gate.position()).isEqualTo(7);
    assertThat(gate.hasHole()).isFalse();
  }

  /** Whatever the bus does: each change once, in order, and nothing missing once it was filled. */
  @Test
  void letsEachChangePassOnceInOrderWhateverTheBusDoes() {
    for (int seed = 0; seed < 2_000; seed++) {
      passed.clear();
      Random random = new Random(seed);
      long start = random.nextInt(5);
      int count = 1 + random.nextInt(60);
      RevGate gate = gate(start);
      for (long rev : mistreated(random, start, count)) {
        gate.offer(frame(rev));
        if (random.nextInt(8) == 0) {
          fill(gate, random, start + count);
        }
        assertThat(passed)
            .isEqualTo(LongStream.rangeClosed(start + 1, gate.position()).boxed().toList());
      }

      gate.expect(start + count);
      while (gate.hasHole()) {
        fill(gate, random, start + count);
      }

      assertThat(passed)
          .as("seed %d", seed)
          .isEqualTo(LongStream.rangeClosed(start + 1, start + count).boxed().toList());
    }
  }

  /** Forged numbers beyond the log's end come in between: they neither pass nor hold up. */
  @Test
  void passesChangesInSpiteOfForgedNumbers() {
    for (int seed = 0; seed < 1_000; seed++) {
      passed.clear();
      Random random = new Random(seed);
      int count = 1 + random.nextInt(40);
      RevGate gate = gate(0);
      for (long rev : mistreated(random, 0, count)) {
        gate.offer(frame(rev));
        if (random.nextInt(4) == 0) {
          gate.offer(frame(count + 2L + random.nextInt(2_000)));
        }
        if (random.nextInt(8) == 0) {
          lookAndFill(gate, random, count);
        }
      }

      gate.expect(count);
      for (int looks = 0; looks < 2 * count && gate.hasHole(); looks++) {
        lookAndFill(gate, random, count);
      }

      assertThat(passed)
          .as("seed %d", seed)
          .isEqualTo(LongStream.rangeClosed(1, count).boxed().toList());
      assertThat(gate.hasHole()).as("seed %d", seed).isFalse();
    }
  }

  private static void lookAndFill(RevGate gate, Random random, long last) {
    gate.look();
    fill(gate, random, last);
    gate.confirm(last);
  }

  private static List<Long> mistreated(Random random, long start, int count) {
    List<Long> revs = new ArrayList<>();
    for (long rev = start + 1; rev <= start + count; rev++) {
      for (int copies = random.nextInt(4) - 1; copies > 0; copies--) {
        revs.add(rev);
      }
    }
    for (int swaps = random.nextInt(20); swaps > 0 && revs.size() > 1; swaps--) {
      Collections.swap(revs, random.nextInt(revs.size()), random.nextInt(revs.size()));
    }
    return revs;
  }

  /** A page of the log from the position on. */
  private static void fill(RevGate gate, Random random, long last) {
    long from = gate.position() + 1;
    long to = Math.min(last, from + random.nextInt(10));
    for (long rev = from; rev <= to; rev++) {
      gate.offer(frame(rev));
    }
  }
}
