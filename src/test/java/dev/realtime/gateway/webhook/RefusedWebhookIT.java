package dev.realtime.gateway.webhook;

import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import dev.realtime.gateway.support.WebhookReceiver.Post;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What the receiver refuses for its content holds up nothing else. */
@Timeout(90)
class RefusedWebhookIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final TestDatabase database = TestDatabase.fresh();
  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  private TestGateway start(String events, String... settings) {
    return TestGateway.start(database.url(), Backends.redis(), receiver.settings(events, settings));
  }

  private static boolean isEvil(JsonNode event) {
    return event.toString().contains("EVIL");
  }

  private List<Post> evil() {
    return receiver.posts().stream().filter(post -> isEvil(post.event())).toList();
  }

  @Test
  void goesOnAfterFiveRefusals() {
    receiver.answer(event -> isEvil(event) ? 400 : 204);
    try (var gateway = start("message.created", "WEBHOOK_FIRST_RETRY=20ms");
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      String chat = scene.group(alice, "bob");
      alice.call(message(chat, "EVIL"));
      alice.call(message(chat, "good"));

      await().atMost(SOON).until(() -> receiver.accepted(chat).size() == 1);
      assertThat(evil()).hasSize(5);
      assertThat(database.count("webhook_dead_letters where attempts = 5")).isEqualTo(1);
      assertThat(database.count("webhook_dead_letters where error = 'answered 400'")).isEqualTo(1);
    }
  }

  @Test
  void triesOnlyOnceWhatIsGone() {
    receiver.answer(event -> isEvil(event) ? 410 : 204);
    try (var gateway = start("message.created");
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      String chat = scene.group(alice, "bob");
      alice.call(message(chat, "EVIL"));
      alice.call(message(chat, "good"));

      await().atMost(SOON).until(() -> receiver.accepted(chat).size() == 1);
      assertThat(evil()).hasSize(1);
      assertThat(database.count("webhook_dead_letters where error = 'answered 410'")).isEqualTo(1);
    }
  }

  /** The receiver fails for what one person writes; the pushes of others arrive all the same. */
  @Test
  void pushesThoughAnEarlierPushFails() {
    receiver.answer(event -> isEvil(event) ? 500 : 204);
    try (var gateway = start("message.undelivered", "WEBHOOK_UNDELIVERED_AFTER=100ms");
        var scene = new Scene(gateway, gateway)) {
      GatewayClient mallory = scene.onFirst("mallory");
      GatewayClient alice = scene.onFirst("alice");
      String first = scene.group(mallory, "bob");
      String second = scene.group(alice, "bob");
      mallory.call(message(first, "EVIL"));
      await().atMost(SOON).until(() -> !evil().isEmpty());
      alice.call(message(second, "good"));

      await().atMost(SOON).until(() -> receiver.accepted(scene.user("bob")).size() == 1);
      assertThat(database.count("webhook_events where attempts > 0")).isEqualTo(1);
    }
  }

  @Test
  void waitsAsLongAsTheReceiverAsks() {
    receiver.answer(_ -> receiver.posts().isEmpty() ? 429 : 204);
    receiver.retryAfter("3");
    try (var gateway = start("message.created", "WEBHOOK_FIRST_RETRY=20ms");
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      String chat = scene.group(alice, "bob");
      alice.call(message(chat, "hello"));

      await().atMost(SOON).until(() -> receiver.accepted(chat).size() == 1);
      List<Post> posts = receiver.posts();
      assertThat(Duration.between(posts.getFirst().takenAt(), posts.getLast().takenAt()))
          .isGreaterThan(Duration.ofMillis(2_900));
    }
  }
}
