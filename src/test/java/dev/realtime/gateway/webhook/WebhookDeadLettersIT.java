package dev.realtime.gateway.webhook;

import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
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

  @AutoClose
  private final WebhookSite site = new WebhookSite("message.created", "WEBHOOK_FIRST_RETRY=20ms");

  private static boolean isPoison(JsonNode event) {
    return event.get("data").get("content").asString().startsWith("poison");
  }

  @Test
  void putsARefusedEventAsideAndGoesOnWithItsSubject() throws Exception {
    site.receiver.answer(event -> isPoison(event) ? 422 : 204);
    GatewayClient alice = site.scene.onFirst("alice");
    String chat = site.scene.group(alice, "z");
    String other = site.scene.group(alice, "z");
    for (String content : List.of("before", "poison 1", "after 1", "poison 2", "after 2")) {
      alice.call(message(chat, content));
    }
    alice.call(message(other, "elsewhere"));
    await().atMost(DEADLINE).until(() -> site.contents(other).size() == 1);
    await().atMost(DEADLINE).until(() -> site.contents(chat).size() == 3);

    assertThat(site.contents(chat)).containsExactly("before", "after 1", "after 2");
    JsonNode events = site.list("/dead").get("events");
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
            site.receiver.posts().stream()
                .filter(post -> isPoison(post.event()))
                .map(Post::id)
                .distinct())
        .hasSize(2);

    JsonNode page = site.list("/dead?limit=1");
    assertThat(page.get("events").get(0)).isEqualTo(latest);
    JsonNode next = site.list("/dead?limit=1&cursor=" + page.get("cursor").asString());
    assertThat(next.get("events").get(0).get("data").get("content").asString())
        .isEqualTo("poison 1");
    assertThat(next.has("cursor")).isFalse();

    assertThat(counted("dead")).isEqualTo(2);
    assertThat(counted("sent")).isEqualTo(4);
    assertThat(counted("failed")).isEqualTo(site.receiver.posts().size() - 4);

    site.receiver.accept();
    String id = latest.get("id").asString();
    assertThat(site.call("POST", "/dead/" + id + "/replay").status()).isEqualTo(202);
    await().atMost(DEADLINE).until(() -> site.contents(chat).size() == 4);
    assertThat(site.receiver.accepted(chat).getLast().id()).isEqualTo(id);
    assertThat(site.call("POST", "/dead/" + id + "/replay").status()).isEqualTo(404);
    JsonNode left = site.list("/dead").get("events");
    assertThat(left).hasSize(1);

    assertThat(site.gateway.bean(WebhookQueue.class).pending(10).block()).isZero();
  }

  private double counted(String what) {
    return site.gateway.bean(MeterRegistry.class).get("gateway.webhooks." + what).counter().count();
  }

  @Test
  void refusesWhatCannotBe() throws Exception {
    assertThat(site.call("POST", "/dead/nothing/replay").status()).isEqualTo(404);
    for (String query : List.of("?limit=0", "?limit=201", "?limit=x", "?cursor=x")) {
      assertThat(site.call("GET", "/dead" + query).status()).as(query).isEqualTo(400);
    }
    assertThat(site.list("/dead").get("events")).isEmpty();
  }
}
