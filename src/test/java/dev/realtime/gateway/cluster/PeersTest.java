package dev.realtime.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PeersTest {

  private static final Duration MOMENT = Duration.ofMillis(1);

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final Peers peers = new Peers(now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void isNewOnce() {
    assertThat(peers.heard("a")).isTrue();
    assertThat(peers.heard("a")).isFalse();
    assertThat(peers.known()).containsExactly("a");
  }

  @Test
  void outlivesItsSilenceForTheLease() {
    var _ = peers.heard("a");
    pass(Peers.LEASE);
    peers.forgetSilent();
    assertThat(peers.known()).containsExactly("a");
    pass(MOMENT);
    peers.forgetSilent();
    assertThat(peers.known()).isEmpty();
    assertThat(peers.heard("a")).as("back, and new").isTrue();
  }

  @Test
  void isForgottenAtItsOwnWord() {
    var _ = peers.heard("a");
    var _ = peers.heard("b");
    peers.gone("a");
    assertThat(peers.known()).containsExactly("b");
  }

  @Test
  void isNotBlamedForASilenceOfTheBus() {
    var _ = peers.heard("a");
    pass(Peers.LEASE.plus(MOMENT));
    peers.excuse();
    peers.forgetSilent();
    assertThat(peers.known()).containsExactly("a");
  }
}
