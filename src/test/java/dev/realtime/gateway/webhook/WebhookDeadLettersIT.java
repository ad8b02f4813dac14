package dev.realtime.gateway.webhook;

import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import dev.realtime.gateway.support.WebhookReceiver.Post;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What the receiver never accepts is put aside, can be looked at, and sent again. */
@Timeout(90)
class WebhookDeadLettersIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  @AutoClose
  private final TestGateway gateway =
      TestGateway.start(
          Backends.freshDatabase(),
          Backends.redis(),
          receiver.settings("message.created", "WEBHOOK_FIRST_RETRY=20ms"));

  @AutoClose private final Scene scene = new Scene(gateway, gateway);

  private ApiCalls.Answer call(String method, String path) {
    return ApiCalls.call(gateway, method, "/api/v1/webhooks/dead" + path, null);
  }

  private JsonNode list(String query) throws Exception {
    ApiCalls.Answer answer = call("GET", query);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    return answer.body();
  }

  private static boolean isPoison(JsonNode event) {
    return event.get("data").get("content").asString().startsWith("poison");
  }

  private List<String> contents(String chat) {
    return receiver.accepted(chat).stream().map(post -> post.data("content").asString()).toList();
  }

  @Test
  void putsARefusedEventAsideAndGoesOnWithItsSubject() throws Exception {
    receiver.answer(event -> isPoison(event) ? 422 : 204);
    GatewayClient alice = scene.onFirst("alice");
    String chat = scene.group(alice, "z");
    String other = scene.group(alice, "z");
    for (String content : List.of("before", "poison 1", "after 1", "poison 2", "after 2")) {
      alice.call(message(chat, content));
    }
    alice.call(message(other, "elsewhere"));
    await().atMost(DEADLINE).until(() -> contents(other).size() == 1);
    await().atMost(DEADLINE).until(() -> contents(chat).size() == 3);

    assertThat(contents(chat)).containsExactly("before", "after 1", "after 2");
    JsonNode events = list("").get("events");
    assertThat(events).hasSize(2);
    JsonNode latest = events.get(0);
    assertThat(latest.propertyNames())
        .containsExactlyInAnyOrder(
            "id", "type", "subject", "createdAt", "attempts", "error", "data");
    assertThat(latest.get("subject").asString()).isEqualTo(chat);
    assertThat(latest.get("type").asString()).isEqualTo("message.created");
    assertThat(latest.get("error").asString()).isEqualTo("answered 422");
    assertThat(latest.get("attempts").asInt()).isEqualTo(5);
    assertThat(latest.get("data").get("content").asString()).isEqualTo("poison 2");
    assertThat(
            receiver.posts().stream()
                .filter(post -> isPoison(post.event()))
                .map(Post::id)
                .distinct())
        .hasSize(2);

    JsonNode page = list("?limit=1");
    assertThat(page.get("events").get(0)).isEqualTo(latest);
    JsonNode next = list("?limit=1&cursor=" + page.get("cursor").asString());
    assertThat(next.get("events").get(0).get("data").get("content").asString())
        .isEqualTo("poison 1");
    assertThat(next.has("cursor")).isFalse();

    assertThat(counted("dead")).isEqualTo(2);
    assertThat(counted("sent")).isEqualTo(4);
    assertThat(counted("failed")).isEqualTo(receiver.posts().size() - 4);

    receiver.accept();
    String id = latest.get("id").asString();
    assertThat(call("POST", "/" + id + "/replay").status()).isEqualTo(202);
    await().atMost(DEADLINE).until(() -> contents(chat).size() == 4);
    assertThat(receiver.accepted(chat).getLast().id()).isEqualTo(id);
    assertThat(call("POST", "/" + id + "/replay").status()).isEqualTo(404);
    JsonNode left = list("").get("events");
    assertThat(left).hasSize(1);

    assertThat(gateway.bean(WebhookQueue.class).pending(10).block()).isZero();
  }

  private double counted(String what) {
    return gateway.bean(MeterRegistry.class).get("gateway.webhooks." + what).counter().count();
  }

  @Test
  void refusesWhatCannotBe() throws Exception {
    assertThat(call("POST", "/nothing/replay").status()).isEqualTo(404);
    for (String query : List.of("?limit=0", "?limit=201", "?limit=x", "?cursor=x")) {
      assertThat(call("GET", query).status()).as(query).isEqualTo(400);
    }
    assertThat(list("").get("events")).isEmpty();
  }
}
