package dev.realtime.gateway.webhook;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import dev.realtime.gateway.support.WebhookReceiver.Post;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What real clients do, told to a real receiver: all of it, in order, signed. */
@Timeout(90)
class WebhookDeliveryIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final String CREATED = "message.created";

  private final String database = Backends.freshDatabase();
  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  private TestGateway start(String events, String... settings) {
    return TestGateway.start(database, Backends.redis(), receiver.settings(events, settings));
  }

  private static long rows(TestGateway gateway, String table) {
    return Objects.requireNonNull(
        gateway
            .bean(Database.class)
            .sql("select count(*) as count from " + table)
            .map(row -> row.number("count"))
            .one()
            .block(DEADLINE));
  }

  private static void send(GatewayClient client, String chat, int from, int to) {
    IntStream.rangeClosed(from, to)
        .forEach(number -> client.call(message(chat, "number " + number, chat + number)));
  }

  private void awaitAccepted(String chat, int count) {
    await()
        .atMost(DEADLINE)
        .untilAsserted(
            () -> assertThat(receiver.accepted(chat)).hasSizeGreaterThanOrEqualTo(count));
  }

  private List<Long> seqs(String chat) {
    return receiver.accepted(chat).stream().map(post -> post.data("seq").asLong()).toList();
  }

  private static List<Long> numbers(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  @Test
  void tellsEachMessageOnceAsItWasPushed() throws Exception {
    try (var gateway = start(CREATED);
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      String chat = scene.group(alice, "bob");
      GatewayClient bob = scene.onFirst("bob");
      bob.call(join(chat));
      alice.call(message(chat, "„Grüße“ \"\\ 👋", "first"));
      alice.call(message(chat, "„Grüße“ \"\\ 👋", "first"));
      alice.call(message(chat, "no mark"));
      awaitAccepted(chat, 2);
      await()
          .atMost(DEADLINE)
          .until(() -> Scene.pushes(bob, chat).stream().filter(this::isMessage).count() == 2);

      List<JsonNode> pushed =
          Scene.pushes(bob, chat).stream().filter(this::isMessage).map(Received::data).toList();
      List<Post> posts = receiver.accepted(chat);
      assertThat(posts).extracting(post -> post.event().get("data")).isEqualTo(pushed);
      assertThat(posts).extracting(Post::id).doesNotHaveDuplicates();
      for (Post post : posts) {
        assertThat(post.text("type")).isEqualTo(CREATED);
        assertThat(((ObjectNode) post.event()).propertyNames())
            .containsExactlyInAnyOrder("id", "type", "createdAt", "subject", "data");
        assertThat(Instant.parse(post.text("createdAt"))).isBefore(Instant.now().plusSeconds(1));
        assertThat(post.isSigned()).isTrue();
      }
      await().atMost(DEADLINE).until(() -> rows(gateway, "webhook_events") == 0);
      await().atMost(DEADLINE).until(() -> rows(gateway, "webhook_queues") == 0);
      assertThat(receiver.posts()).hasSize(2);
    }
  }

  private boolean isMessage(Received frame) {
    return frame.event().equals("chat:message");
  }

  @Test
  void instancesShareTheWorkAndSendNothingTwice() {
    try (var first = start(CREATED);
        var second = start(CREATED);
        var scene = new Scene(first, second)) {
      List<GatewayClient> clients =
          List.of(scene.onFirst("a"), scene.onSecond("b"), scene.onFirst("c"), scene.onSecond("d"));
      List<String> chats = clients.stream().map(client -> scene.group(client, "z")).toList();
      List<Future<Boolean>> senders =
          IntStream.range(0, clients.size())
              .mapToObj(i ->
                  scene.beside(() -> {
                    send(clients.get(i), chats.get(i), 1, 60);
                    return true;
                  }))
              .toList();
      senders.forEach(Scene::finish);
      chats.forEach(chat -> awaitAccepted(chat, 60));
      await().atMost(DEADLINE).until(() -> rows(first, "webhook_queues") == 0);

      for (String chat : chats) {
        assertThat(seqs(chat)).isEqualTo(numbers(1, 60));
      }
      assertThat(receiver.posts()).hasSize(240);
    }
  }

  @Test
  void tellsWhatTheReceiverMissedThoughAnInstanceLeft() {
    try (var stays = start(CREATED)) {
      String one;
      String two;
      try (var leaves = start(CREATED);
          var scene = new Scene(leaves, stays)) {
        GatewayClient alice = scene.onFirst("alice");
        GatewayClient bob = scene.onSecond("bob");
        one = scene.group(alice, "z");
        two = scene.group(bob, "z");
        send(alice, one, 1, 5);
        awaitAccepted(one, 5);
        receiver.goAway();
        send(alice, one, 6, 30);
        send(bob, two, 1, 40);
      }
      receiver.comeBack();
      awaitAccepted(one, 30);
      awaitAccepted(two, 40);

      assertThat(seqs(one)).isEqualTo(numbers(1, 30));
      assertThat(seqs(two)).isEqualTo(numbers(1, 40));
    }
  }

  @Test
  void delaysNobodyForASlowReceiver() {
    CountDownLatch released = new CountDownLatch(1);
    receiver.answer(_ -> {
      try {
        released.await();
        return 204;
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return 500;
      }
    });
    try (var gateway = start(CREATED, "DATABASE_POOL_SIZE=2");
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      List<String> chats = IntStream.range(0, 25).mapToObj(_ -> scene.group(alice, "z")).toList();
      chats.forEach(chat -> send(alice, chat, 1, 1));
      long begun = System.nanoTime();
      chats.forEach(chat -> send(alice, chat, 2, 4));
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));

      released.countDown();
      chats.forEach(chat -> awaitAccepted(chat, 4));
      chats.forEach(chat -> assertThat(seqs(chat)).isEqualTo(numbers(1, 4)));
    }
  }

  @Test
  void leavesNoTraceOfWhatNobodyAskedFor() {
    try (var gateway = start("stream.started");
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      String chat = scene.group(alice, "z");
      send(alice, chat, 1, 3);

      assertThat(gateway.bean(WebhookOutbox.class).wants(WebhookType.MESSAGE_CREATED)).isFalse();
      assertThat(gateway.bean(WebhookOutbox.class).wants(WebhookType.STREAM_STARTED)).isTrue();
      for (String table : List.of("webhook_events", "webhook_queues", "message_handoffs")) {
        assertThat(rows(gateway, table)).as(table).isZero();
      }
    }
  }
}
