package dev.realtime.gateway.webhook;

import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.notification.Platform;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.LiveCommand.SetStatus;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import dev.realtime.gateway.support.WebhookReceiver.Post;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Receivers that refuse some of it, break off, redirect, or come back after long. */
@Timeout(90)
class FaultyReceiverIT {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String CREATED = "message.created";
  private static final String UNDELIVERED = "notification.undelivered";

  private final TestDatabase database = TestDatabase.fresh();
  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  private TestGateway start(String events, String... settings) {
    return TestGateway.start(database.url(), Backends.redis(), receiver.settings(events, settings));
  }

  private void awaitAccepted(String subject, int count) {
    await().atMost(SOON).until(() -> receiver.accepted(subject).size() >= count);
  }

  private static int refuse(tools.jackson.databind.JsonNode event, String type) {
    return event.get("type").asString().equals(type) ? 404 : 204;
  }

  /** Who answers is there, whatever the answer is. */
  @Test
  void delaysNothingElseForOneRefusedType() {
    receiver.answer(event -> refuse(event, UNDELIVERED));
    try (var gateway = start(CREATED + "," + UNDELIVERED, "WEBHOOK_UNDELIVERED_AFTER=100ms");
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      String chat = scene.group(alice, "bob");
      List<String> absent = IntStream.range(0, 60).mapToObj(i -> "absent" + i).toList();
      new Platform(gateway).tell(absent, "title", "");
      await().atMost(SOON).until(() -> receiver.posts().size() >= 40);

      for (int i = 1; i <= 20; i++) {
        long begun = System.nanoTime();
        alice.call(message(chat, "m" + i));
        awaitAccepted(chat, i);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
      }
    }
  }

  @Test
  void keepsAChatAndAUserOfOneIdApart() {
    receiver.answer(event -> refuse(event, UNDELIVERED));
    try (var gateway = start(CREATED + "," + UNDELIVERED, "WEBHOOK_UNDELIVERED_AFTER=100ms")) {
      ApiCalls.call(
          gateway,
          "POST",
          "/api/v1/chats",
          "{\"id\": \"42\", \"type\": \"group\", \"memberIds\": [\"a\"]}");
      new Platform(gateway).tell(List.of("42"), "title", "");
      await().atMost(SOON).until(() -> !receiver.posts().isEmpty());

      ApiCalls.call(
          gateway,
          "POST",
          "/api/v1/chats/42/messages",
          "{\"senderId\": \"a\", \"content\": \"hi\"}");

      awaitAccepted("42", 1);
      assertThat(receiver.accepted("42")).extracting(post -> post.text("type")).contains(CREATED);
    }
  }

  @Test
  void getsWhatHasWaitedAtOnceWhenItIsBack() {
    try (var gateway = start(CREATED);
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      List<String> chats = IntStream.range(0, 30).mapToObj(_ -> scene.group(alice, "z")).toList();
      receiver.goAway();
      chats.forEach(chat -> alice.call(message(chat, "hi")));
      // Every subject has failed, and waits for long after that.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> database.count("webhook_events where attempts = 0") == 0);
      database.run(
          "update webhook_queues set due_at = now() + interval '1 hour', leased_by = null,"
              + " outage = true where queue <> 'chat:"
              + chats.getFirst()
              + "'");

      receiver.comeBack();

      await()
          .atMost(SOON)
          .until(() -> receiver.accepted().stream().map(Post::id).distinct().count() == 30);
    }
  }

  @Test
  void acceptsEvenWhenItsBodyBreaksOff() {
    receiver.breakOff();
    receiver.answer(_ -> 200);
    try (var gateway = start(CREATED);
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      String chat = scene.group(alice, "bob");
      alice.call(message(chat, "one"));
      alice.call(message(chat, "two"));

      await().atMost(SOON).until(() -> database.count("webhook_events") == 0);
      assertThat(receiver.posts()).hasSize(2);
    }
  }

  @Test
  void refusesByARedirect() {
    receiver.answer(_ -> 302);
    try (var gateway = start(CREATED);
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      alice.call(message(scene.group(alice, "bob"), "one"));

      await()
          .atMost(SOON)
          .until(() -> database.count("webhook_events where error = 'answered 302'") == 1);
    }
  }

  @Test
  void tellsThatAStreamStartsAndEnds() {
    try (var gateway = start("stream.started,stream.ended");
        var scene = new Scene(gateway, gateway)) {
      GatewayClient host = scene.onFirst("host");
      String stream = host.call(new CreateStream("Launch", null, null)).get("streamId").asString();
      host.call(new SetStatus(stream, StreamStatus.STARTED));
      host.call(new SetStatus(stream, StreamStatus.STARTED));
      host.call(new SetStatus(stream, StreamStatus.ENDED));

      awaitAccepted(stream, 2);
      List<Post> told = receiver.accepted(stream);
      assertThat(told)
          .extracting(post -> post.text("type"))
          .containsExactly("stream.started", "stream.ended");
      assertThat(told.getFirst().data("hostId").asString()).isEqualTo(scene.user("host"));
      assertThat(told.getFirst().data("title").asString()).isEqualTo("Launch");
      assertThat(told.getLast().event().get("data").has("endedAt")).isTrue();
      assertThat(told).allMatch(Post::isSigned);
    }
  }
}
