package dev.realtime.gateway.ops;

import dev.realtime.gateway.GatewayApplication;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.support.Backends;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.test.web.reactive.server.WebTestClient;

@Timeout(120)
class HealthIT {

  @Test
  void staysReadyWithoutRedisAndShowsThatItIsAway() {
    try (var redis = DevelopmentRedis.startTemporary()) {
      var application = new SpringApplication(GatewayApplication.class);
      application.setDefaultProperties(
          Map.of(
              "PORT", "0",
              "BIND_ADDRESS", "127.0.0.1",
              "NODE_ENV", "development",
              "DATABASE_URL", Backends.freshDatabase(),
              "REDIS_HOST", redis.host(),
              "REDIS_PORT", Integer.toString(redis.port()),
              "JWT_ACCESS_TOKEN_SECRET", "a".repeat(32),
              "JWT_REFRESH_TOKEN_SECRET", "b".repeat(32)));
      try (var context = application.run()) {
        var client =
            WebTestClient.bindToServer()
                .baseUrl(
                    "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port"))
                .responseTimeout(Duration.ofSeconds(20))
                .build();
        client.get().uri("/actuator/health").exchange().expectStatus().isOk().expectBody();

        redis.kill();

        client.get().uri("/health/readiness").exchange().expectStatus().isOk().expectBody();
        client.get().uri("/health/liveness").exchange().expectStatus().isOk().expectBody();
        client
            .get()
            .uri("/actuator/health")
            .exchange()
            .expectStatus()
            .isEqualTo(503)
            .expectBody()
            .jsonPath("$.components.redis.status")
            .isEqualTo("DOWN")
            .jsonPath("$.components.database.status")
            .isEqualTo("UP")
            // There is no second way to PostgreSQL.
            .jsonPath("$.components.db")
            .doesNotExist();
        // The parts of development are on the class path, and yet not in this application.
        client.post().uri("/dev/token").exchange().expectStatus().isNotFound().expectBody();
      }
    }
  }
}
