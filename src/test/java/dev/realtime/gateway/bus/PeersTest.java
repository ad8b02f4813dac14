package dev.realtime.gateway.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PeersTest {

  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final long SELF = 99;

  private long now = Long.MAX_VALUE - 5;
  private final Peers peers = new Peers();

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private boolean hear(long instance, Long... heard) {
    return peers.heard(instance, new Beat(0, PERIOD, true, Set.of(heard)), SELF, now);
  }

  @Test
  void isNewOnce() {
    assertThat(hear(1)).isTrue();
    assertThat(hear(1)).isFalse();
    assertThat(peers.serving()).containsExactly(1L);
  }

  @Test
  void isNotAskedBeforeItServes() {
    peers.heard(1, new Beat(0, PERIOD, false, Set.of()), SELF, now);

    assertThat(peers.serving()).isEmpty();
    assertThat(peers.audible()).containsExactly(1L);
    hear(1);
    assertThat(peers.serving()).containsExactly(1L);
  }

  @Test
  void fallsSilentOnceAfterThreeBeats() {
    hear(1);
    long last = now;
    pass(PERIOD.multipliedBy(3));
    assertThat(peers.fallSilent(now)).isNull();
    pass(MOMENT);

    assertThat(peers.fallSilent(now)).isEqualTo(last);
    assertThat(peers.fallSilent(now)).isNull();
    assertThat(peers.audible()).isEmpty();
    assertThat(peers.silent()).isEqualTo(1);
    assertThat(peers.serving()).as("it may still have clients").containsExactly(1L);
    hear(1);
    assertThat(peers.audible()).containsExactly(1L);
  }

  @Test
  void outlivesItsSilenceForTheLease() {
    hear(1);
    pass(Peers.LEASE);
    var _ = peers.fallSilent(now);
    assertThat(peers.serving()).containsExactly(1L);
    pass(MOMENT);
    var _ = peers.fallSilent(now);
    assertThat(peers.serving()).isEmpty();
    assertThat(hear(1)).as("back, and new").isTrue();
  }

  @Test
  void isForgottenAtItsOwnWord() {
    hear(1);
    hear(2);
    peers.gone(1);
    assertThat(peers.serving()).containsExactly(2L);
  }

  @Test
  void isNotBlamedForASilenceOfTheBus() {
    hear(1);
    pass(Peers.LEASE.plus(MOMENT));
    peers.excuse(now);
    assertThat(peers.fallSilent(now)).isNull();
    assertThat(peers.serving()).containsExactly(1L);
  }

  @Test
  void noticesThatNobodyHearsThisInstance() {
    assertThat(peers.nobodyHearsUs(now)).as("alone").isFalse();
    for (int beat = 0; beat < 5; beat++) {
      assertThat(peers.nobodyHearsUs(now)).as("no time to answer").isFalse();
      hear(1, 2L);
      hear(2, 1L);
      pass(PERIOD);
    }
    assertThat(peers.nobodyHearsUs(now)).isTrue();

    hear(2, 1L, SELF);
    assertThat(peers.nobodyHearsUs(now)).as("one does").isFalse();
  }
}
