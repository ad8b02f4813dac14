package dev.realtime.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestGateway;
import org.junit.jupiter.api.Test;
import org.springframework.boot.DefaultApplicationArguments;

class WarmUpIT {

  @Test
  void connectsToItself() throws InterruptedException {
    try (TestGateway gateway = TestGateway.start("WARM_UP=1s");
        LogCapture log = new LogCapture()) {
      gateway.bean(WarmUp.class).run(new DefaultApplicationArguments());

      assertThat(String.join("\n", log.lines()))
          .containsPattern("Warmed up with [1-9][0-9]* connections");
      assertThat(log.faults()).isEmpty();
    }
  }
}
