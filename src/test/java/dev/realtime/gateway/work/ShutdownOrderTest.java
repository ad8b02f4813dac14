package dev.realtime.gateway.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import org.junit.jupiter.api.Test;
import org.springframework.boot.web.server.context.WebServerApplicationContext;

class ShutdownOrderTest {

  /** Spring stops the highest phase first. */
  @Test
  void standsInTheOrderOfTheStops() {
    assertThat(Arrays.stream(ShutdownOrder.values()).map(ShutdownOrder::phase))
        .isSortedAccordingTo(Comparator.reverseOrder())
        .doesNotHaveDuplicates();
  }

  @Test
  void stopsTheWebServerBetweenTheViewersAndTheCluster() {
    assertThat(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE)
        .isLessThan(ShutdownOrder.VIEWERS.phase());
    assertThat(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE)
        .isGreaterThan(ShutdownOrder.CLUSTER.phase());
  }
}
