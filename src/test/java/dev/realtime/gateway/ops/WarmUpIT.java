package dev.realtime.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.UpgradeRefusedException;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.DefaultApplicationArguments;

class WarmUpIT {

  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static @Nullable TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start(DATABASE.url(), Backends.redis(), "WARM_UP=1s");
  }

  @AfterAll
  static void stop() {
    gateway().close();
  }

  private static TestGateway gateway() {
    return Objects.requireNonNull(gateway);
  }

  private static void warmUp() throws InterruptedException {
    gateway().bean(WarmUp.class).run(new DefaultApplicationArguments());
  }

  @Test
  void connectsToItself() throws InterruptedException {
    try (LogCapture log = new LogCapture()) {
      warmUp();

      assertThat(String.join("\n", log.lines()))
          .containsPattern("Warmed up with [1-9][0-9]* connections");
      assertThat(log.faults()).isEmpty();
    }
  }

  /** The first is left by an instance that was killed long ago, the second by one that starts. */
  @Test
  void deletesWhatAKilledWarmUpLeft() throws InterruptedException {
    DATABASE.run(
        """
        insert into streams (id, host_id, title, created_at) values
          ('left', '%1$s0', 'Warm-up', now() - interval '2 hours'),
          ('busy', '%1$s0', 'Warm-up', now()),
          ('show', 'warm-up-0', 'Warm-up', now() - interval '2 hours'),
          ('last', 'gateway:warm-up;0', 'Warm-up', now() - interval '2 hours')
        """
            .formatted(Ids.WARM_UP));
    warmUp();

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> DATABASE.count("streams where id = 'left'") == 0);
    assertThat(DATABASE.count("streams")).isEqualTo(3);
  }

  @Test
  void letsNobodyElseHaveItsNames() {
    String token = TestGateway.token(Ids.WARM_UP + 3);

    assertThatThrownBy(() -> RawSocket.connect(gateway().socket(), token))
        .isInstanceOfSatisfying(
            UpgradeRefusedException.class, refused -> assertThat(refused.status()).isEqualTo(401));
  }
}
