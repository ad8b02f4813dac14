package dev.realtime.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.GatewayApplication;
import dev.realtime.gateway.dev.DevelopmentPostgres;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.web.reactive.server.WebTestClient;

@Timeout(120)
class HealthIT {

  private static SpringApplication application(String databaseUrl, DevelopmentRedis redis) {
    var application = new SpringApplication(GatewayApplication.class);
    application.setDefaultProperties(
        Map.of(
            "PORT",
            "0",
            "BIND_ADDRESS",
            "127.0.0.1",
            "NODE_ENV",
            "development",
            "DATABASE_URL",
            databaseUrl,
            "REDIS_HOST",
            redis.host(),
            "REDIS_PORT",
            Integer.toString(redis.port()),
            "WARM_UP",
            "0s",
            "JWT_ACCESS_TOKEN_SECRET",
            "a".repeat(32),
            "JWT_REFRESH_TOKEN_SECRET",
            "b".repeat(32)));
    return application;
  }

  private static WebTestClient client(ConfigurableApplicationContext context) {
    return WebTestClient.bindToServer()
        .baseUrl("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port"))
        .responseTimeout(Duration.ofSeconds(20))
        .build();
  }

  @Test
  void staysReadyWithoutRedisAndShowsThatItIsAway() {
    try (var redis = DevelopmentRedis.startTemporary();
        var context = application(Backends.freshDatabase(), redis).run()) {
      var client = client(context);
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

  @Test
  void staysReadyWithoutPostgresqlAndShowsThatItIsDegraded() {
    try (var redis = DevelopmentRedis.startTemporary();
        var postgres = DevelopmentPostgres.startTemporary();
        var context = application(postgres.databaseUrl(), redis).run()) {
      var client = client(context);
      client.get().uri("/health/readiness").exchange().expectStatus().isOk().expectBody();

      postgres.kill();

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() ->
              client
                  .get()
                  .uri("/actuator/health")
                  .exchange()
                  .expectStatus()
                  .isOk()
                  .expectBody()
                  .jsonPath("$.components.database.status")
                  .isEqualTo("DEGRADED"));
      client.get().uri("/health/readiness").exchange().expectStatus().isOk().expectBody();
      client.get().uri("/livez").exchange().expectStatus().isOk().expectBody();

      postgres.restart();

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() ->
              client
                  .get()
                  .uri("/actuator/health")
                  .exchange()
                  .expectBody()
                  .jsonPath("$.components.database.status")
                  .isEqualTo("UP"));
    }
  }

  @Test
  void staysReadyWhileAllConnectionsWaitForALock() {
    TestDatabase database = TestDatabase.fresh();
    try (var redis = DevelopmentRedis.startTemporary();
        var context = application(database.url(), redis).run();
        var _ = database.hold("lock table epoch in access exclusive mode")) {
      Database store = context.getBean(Database.class);
      for (int i = 0; i < 50; i++) {
        store.sql("select id from epoch").map(row -> row.id("id")).one().subscribe();
      }
      var client = client(context);
      for (int i = 0; i < 6; i++) {
        long asked = System.nanoTime();
        client.get().uri("/health/readiness").exchange().expectStatus().isOk().expectBody();
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(3));
      }
      assertThat(store.breaker().isOpen()).isFalse();
    }
  }
}
