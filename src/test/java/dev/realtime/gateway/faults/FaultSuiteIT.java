package dev.realtime.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.faults.checker.Violations;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateways, and faults in everything they stand on, while people chat. In a build it is short;
 * {@code ./mvnw -Pchaos verify} lets it run for minutes. {@code -Dgateway.chaos.seed=17} plays a
 * certain run, {@code -Dgateway.chaos.seconds=240} says how long.
 */
@Timeout(900)
class FaultSuiteIT {

  private static final int IN_BUILD = 22;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void keepsEveryPromiseUnderFaults() {
    int seconds = Integer.getInteger("gateway.chaos.seconds", IN_BUILD);
    FaultRun run =
        new FaultRun(Long.getLong("gateway.chaos.seed", 1), seconds, seconds <= IN_BUILD);

    List<Violations.Violation> found = run.play(folder).found();

    assertThat(run.messages()).as("messages that were acknowledged").isGreaterThan(100);
    assertThat(found).isEmpty();
  }
}
