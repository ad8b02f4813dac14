package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.store.Database.Purpose;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

class SharesTest {

  private final Shares shares = new Shares(10);
  private final List<Purpose> got = new ArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();

  private void take(Purpose purpose, int times) {
    for (int i = 0; i < times; i++) {
      shares.take(purpose).subscribe(got::add, failures::add);
    }
  }

  private long using(Purpose purpose) {
    return got.stream().filter(purpose::equals).count();
  }

  @ParameterizedTest
  @EnumSource
  void leavesConnectionsToOthers(Purpose crowd) {
    take(crowd, 1_000);
    for (Purpose other : Purpose.values()) {
      if (other != crowd && other != Purpose.BACKGROUND) {
        take(other, 1);
        assertThat(using(other)).as("%s beside %s", other, crowd).isEqualTo(1);
      }
    }
  }

  @Test
  void leavesConnectionsToOthersWhoeverElseCrowds() {
    take(Purpose.CHANGES, 100);
    take(Purpose.BACKGROUND, 100);
    take(Purpose.READS, 100);
    take(Purpose.SAFETY_NET, 1);
    take(Purpose.GROUPS, 2);
    assertThat(using(Purpose.SAFETY_NET)).isEqualTo(1);
    assertThat(using(Purpose.GROUPS)).isEqualTo(2);
    assertThat(got).hasSizeLessThanOrEqualTo(10);
  }

  @Test
  void letsChangesUseTwoFifthsAtMost() {
    take(Purpose.CHANGES, 100);
    assertThat(got).hasSize(4);
  }

  @Test
  void goesOnInTurns() {
    take(Purpose.READS, 100);
    take(Purpose.BACKGROUND, 2);
    int waited = got.size();
    assertThat(using(Purpose.BACKGROUND)).isZero();

    for (int i = 0; i < Purpose.values().length; i++) {
      shares.giveBack(Purpose.READS);
    }

    assertThat(got).hasSize(waited + Purpose.values().length);
    assertThat(using(Purpose.BACKGROUND)).isPositive();
    assertThat(using(Purpose.READS)).isGreaterThan(waited);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 5, 9, 100})
  void servesEveryPurposeOfAPoolOfAnySize(int size) {
    Shares any = new Shares(size);
    for (Purpose purpose : Purpose.values()) {
      any.take(purpose).doOnNext(any::giveBack).block(Duration.ofSeconds(1));
    }
    assertThat(any.waiting()).isZero();
  }

  @Test
  void tellsWhoseTurnDoesNotCome() {
    take(Purpose.CHANGES, 4);
    StepVerifier.create(shares.take(Purpose.CHANGES))
        .expectError(TimeoutException.class)
        .verify(Purpose.CHANGES.patience().plusSeconds(3));
    assertThat(shares.waiting()).isZero();
    shares.giveBack(Purpose.CHANGES);
    take(Purpose.CHANGES, 1);
    assertThat(got).as("the right of the one who left is not lost").hasSize(5);
  }

  @Test
  void refusesAllWhoWaitAtOnce() {
    take(Purpose.READS, 100);
    take(Purpose.CHANGES, 100);
    int waiting = shares.waiting();
    assertThat(waiting).isPositive();

    shares.refuseAll(() -> new StoreUnreachableException("down"));

    assertThat(failures).hasSize(waiting);
    assertThat(shares.waiting()).isZero();
  }

  @Test
  void boundsHowManyWait() {
    take(Purpose.READS, 20_000);
    assertThat(failures).hasSizeGreaterThan(9_000);
    assertThat(shares.waiting()).isEqualTo(10_000);
    shares.refuseAll(() -> new StoreUnreachableException("over"));
  }
}
