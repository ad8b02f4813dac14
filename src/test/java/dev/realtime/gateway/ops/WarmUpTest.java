package dev.realtime.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestGateway;
import org.junit.jupiter.api.Test;

class WarmUpTest {

  @Test
  void connectsToItselfBeforeItIsReady() {
    try (LogCapture log = LogCapture.start();
        TestGateway gateway = TestGateway.start("WARM_UP=1s");
        GatewayClient client = gateway.connect("alice")) {
      assertThat(client.connectionId()).isNotEmpty();
      assertThat(log.text()).containsPattern("Warmed up with [1-9][0-9]* connections");
    }
  }
}
