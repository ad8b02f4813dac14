package dev.realtime.gateway.web;

import static dev.realtime.gateway.support.ApiCalls.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Calls that all instances have to answer: no answer is given that is not the whole one. */
@Timeout(90)
class ClusterCallsIT {

  private static final Duration BACK = Duration.ofSeconds(20);

  @Test
  void sayWithoutRedisThatNotAllIsDone() {
    String database = Backends.freshDatabase();
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        var first = TestGateway.start(database, redis);
        var second = TestGateway.start(database, redis);
        var scene = new Scene(first, second)) {
      GatewayClient here = scene.onFirst("alice");
      GatewayClient there = scene.onSecond("alice");
      String user = "/api/v1/users/" + scene.user("alice");
      assertThat(connections(first, user)).hasSize(2);

      redis.kill();
      Answer answer = call(first, "POST", user + "/disconnect", "{}");

      answer.assertProblem(503, "unavailable", null);
      assertThat(answer.response().headers().firstValue("Retry-After")).isPresent();
      assertThat(here.awaitClose(GatewayClient.DEADLINE).code())
          .as("who can be reached")
          .isEqualTo(4403);
      call(first, "GET", user + "/connections", null).assertProblem(503, "unavailable", null);

      // An instance that is back before the other must not answer for both.
      redis.restart();
      await()
          .atMost(BACK)
          .until(() -> call(first, "POST", user + "/disconnect", "{}").status() == 200);
      assertThat(there.awaitClose(GatewayClient.DEADLINE).code()).isEqualTo(4403);
      assertThat(connections(second, user)).isEmpty();
    }
  }

  @Test
  void waitForNoInstanceThatStops() {
    String database = Backends.freshDatabase();
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        var first = TestGateway.start(database, redis)) {
      String user;
      try (var second = TestGateway.start(database, redis);
          var scene = new Scene(first, second)) {
        scene.onSecond("alice");
        user = "/api/v1/users/" + scene.user("alice");
        assertThat(connections(first, user)).hasSize(1);
      }

      assertThat(connections(first, user)).isEmpty();
    }
  }

  private static JsonNode connections(TestGateway gateway, String user) {
    Answer answer = call(gateway, "GET", user + "/connections", null);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    return answer.body().get("connections");
  }
}
