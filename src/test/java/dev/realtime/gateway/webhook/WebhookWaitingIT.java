package dev.realtime.gateway.webhook;

import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What waits can be looked at, and what holds up a subject can be taken out of its way. */
@Timeout(90)
class WebhookWaitingIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  @AutoClose
  private final WebhookSite site = new WebhookSite("message.created", "WEBHOOK_FIRST_RETRY=1m");

  private static boolean failed(JsonNode subjects) {
    return subjects.valueStream().filter(each -> each.has("nextAttemptAt")).count() == 2
        && subjects.valueStream().allMatch(each -> each.get("attempts").asInt() == 1);
  }

  @Test
  void listsWhatWaitsAndSkipsIt() throws Exception {
    site.receiver.answer(event -> event.toString().contains("stuck") ? 500 : 204);
    GatewayClient alice = site.scene.onFirst("alice");
    String one = site.scene.group(alice, "z");
    String two = site.scene.group(alice, "z");
    for (String content : List.of("stuck 1", "after", "later")) {
      alice.call(message(one, content));
    }
    alice.call(message(two, "stuck 2"));
    await().atMost(SOON).until(() -> failed(site.list("/waiting").get("subjects")));

    JsonNode page = site.list("/waiting?limit=1");
    JsonNode rest = site.list("/waiting?limit=1&cursor=" + page.get("cursor").asString());
    assertThat(rest.has("cursor")).isFalse();
    List<JsonNode> both = List.of(page.get("subjects").get(0), rest.get("subjects").get(0));
    JsonNode first =
        both.stream().filter(each -> each.get("subject").asString().equals(one)).findFirst().get();
    assertThat(first.propertyNames())
        .containsExactly(
            "id",
            "type",
            "subject",
            "createdAt",
            "ageSeconds",
            "waiting",
            "attempts",
            "error",
            "nextAttemptAt");
    assertThat(first.get("type").asString()).isEqualTo("message.created");
    assertThat(first.get("ageSeconds").asLong()).isBetween(0L, 60L);
    assertThat(first.get("waiting").asInt()).isEqualTo(3);
    assertThat(first.get("error").asString()).isEqualTo("answered 500");

    String id = first.get("id").asString();
    assertThat(site.call("POST", "/waiting/" + id + "/skip").status()).isEqualTo(204);
    assertThat(site.call("POST", "/waiting/" + id + "/skip").status()).isEqualTo(404);

    await().atMost(SOON).until(() -> site.contents(one).size() == 2);
    assertThat(site.contents(one)).containsExactly("after", "later");
    JsonNode letter = site.list("/dead").get("events").get(0);
    assertThat(letter.get("id").asString()).isEqualTo(id);
    assertThat(letter.get("error").asString()).isEqualTo("skipped: answered 500");

    site.receiver.accept();
    assertThat(site.call("POST", "/dead/" + id + "/replay").status()).isEqualTo(202);
    await().atMost(SOON).until(() -> site.contents(one).size() == 3);
    JsonNode left = site.list("/waiting").get("subjects");
    assertThat(left).hasSize(1);
    assertThat(left.get(0).get("subject").asString()).isEqualTo(two);
  }

  @Test
  void refusesWhatCannotBe() {
    assertThat(site.call("POST", "/waiting/nothing/skip").status()).isEqualTo(404);
    for (String query : List.of("?limit=0", "?limit=201", "?cursor=.", "?cursor=AA")) {
      assertThat(site.call("GET", "/waiting" + query).status()).as(query).isEqualTo(400);
    }
  }
}
