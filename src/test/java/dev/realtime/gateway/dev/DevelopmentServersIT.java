package dev.realtime.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.support.Backends;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.web.reactive.server.WebTestClient;

@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class DevelopmentServersIT {

  @TempDir private Path folder;

  @Test
  void startsNothingThatWasChosen() {
    Map<String, String> chosen =
        Map.of("DATABASE_URL", "postgresql://a@b/c", "REDIS_HOST", "d", "PORT", "4001");
    try (var servers = DevelopmentServers.start(folder, chosen)) {
      assertThat(servers.variables())
          .doesNotContainKeys("DATABASE_URL", "REDIS_HOST", "REDIS_PORT")
          .containsEntry("NODE_ENV", "development")
          .containsEntry("BIND_ADDRESS", "127.0.0.1");
      assertThat(servers.variables().get("ALLOWED_ORIGINS"))
          .contains("http://localhost:4001", "http://127.0.0.1:4001");
    }
  }

  @Test
  void keepsItsSecretsFromRunToRun() {
    Map<String, String> first = DevelopmentSecrets.keptIn(folder);

    assertThat(first.get("JWT_ACCESS_TOKEN_SECRET"))
        .hasSizeGreaterThan(32)
        .isNotEqualTo(first.get("JWT_REFRESH_TOKEN_SECRET"));
    assertThat(DevelopmentSecrets.keptIn(folder)).isEqualTo(first);
  }

  @Test
  void startsAGatewayThatPrintsWhatAPersonNeeds(CapturedOutput output) {
    var redis = Backends.redis();
    Map<String, String> variables =
        Map.of(
            "PORT",
            "0",
            "BIND_ADDRESS",
            "127.0.0.1",
            "NODE_ENV",
            "development",
            "DATABASE_URL",
            Backends.freshDatabase() + "?schema=chat",
            "REDIS_HOST",
            redis.host(),
            "REDIS_PORT",
            Integer.toString(redis.port()),
            "JWT_ACCESS_TOKEN_SECRET",
            "a".repeat(32),
            "JWT_REFRESH_TOKEN_SECRET",
            "b".repeat(32));
    try (var context = DevelopmentGateway.application(variables).run()) {
      String port = context.getEnvironment().getProperty("local.server.port");
      written(() ->
          assertThat(output)
              .contains("http://127.0.0.1:" + port, "Chat.java ws://127.0.0.1:" + port + "/ws ey"));
      var client =
          WebTestClient.bindToServer()
              .baseUrl("http://127.0.0.1:" + port)
              .responseTimeout(Duration.ofSeconds(20))
              .build();
      for (String path :
          new String[] {
            "/",
            "/actuator/health",
            "/actuator/health/liveness",
            "/actuator/health/readiness",
            "/health/liveness",
            "/health/readiness",
            "/livez",
            "/readyz",
            "/actuator/prometheus"
          }) {
        // The body is read too: one that is not is a leak for Netty to report in a later test.
        client.get().uri(path).exchange().expectStatus().isOk().expectBody();
      }
      client
          .get()
          .uri("/actuator/health")
          .exchange()
          .expectBody()
          .jsonPath("$.components.redis.status")
          .isEqualTo("UP")
          .jsonPath("$.components.database.status")
          .isEqualTo("UP");
      client
          .get()
          .uri("/health/readiness")
          .exchange()
          .expectBody()
          .jsonPath("$.components.redis")
          .doesNotExist()
          .jsonPath("$.components.database.status")
          .isEqualTo("UP");
    }
  }

  /** A thread of its own writes what was logged. */
  private static void written(ThrowingRunnable expected) {
    await().atMost(Duration.ofSeconds(10)).untilAsserted(expected);
  }
}
