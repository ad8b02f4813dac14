package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.protocol.ChatCommand.MarkRead;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/**
 * What unread counts cost the bus. {@code -Dgateway.unread.seconds=5} writes longer than a build
 * does.
 */
@Timeout(120)
class UnreadCostIT {

  private static final int SECONDS = Integer.getInteger("gateway.unread.seconds", 2);
  private static final int MESSAGES = SECONDS * 10;
  private static final int MEMBERS = 500;

  /** What the instances tell each other meanwhile that has nothing to do with the chat. */
  private static final int BEATS = 10 + SECONDS * 6;

  /** The promise is a second; a busy machine has two. */
  private static final Duration SOON = Duration.ofSeconds(2);

  private static final Duration QUIET = Duration.ofMillis(800);

  @AutoClose private final Scene scene = new Scene();

  private static String large(Scene scene) {
    String members =
        IntStream.range(0, MEMBERS)
            .mapToObj(i -> "\"" + scene.user("m" + i) + "\"")
            .collect(Collectors.joining(","));
    return ApiCalls.call(
            scene.first(),
            "POST",
            "/api/v1/chats",
            "{\"type\":\"group\",\"memberIds\":[" + members + "]}")
        .body()
        .get("id")
        .asString();
  }

  private static double published(TestGateway... nodes) {
    return List.of(nodes).stream()
        .mapToDouble(node ->
            node.bean(MeterRegistry.class).get("gateway.bus.published").functionCounter().count())
        .sum();
  }

  /** Ten messages a second. */
  private static void write(GatewayClient sender, String chat) {
    for (int i = 0; i < MESSAGES; i++) {
      sender.call(message(chat, "text " + i));
      sender.assertSilence(frame -> false, Duration.ofMillis(95));
    }
  }

  private static void awaitLast(GatewayClient client) {
    Received last =
        client.await(
            frame -> frame.event().equals("chat:unread") && frame.number("lastSeq") == MESSAGES,
            SOON);
    assertThat(last.data().at("/lastMessage/content").asString())
        .isEqualTo("text " + (MESSAGES - 1));
  }

  @Test
  void publishesOneMessageAChatAndWindowHoweverManyMembersThereAre() {
    String chat = large(scene);
    GatewayClient sender = scene.onFirst("m0");
    List<GatewayClient> outside =
        List.of(
            scene.onFirst("m1"), scene.onFirst("m2"), scene.onSecond("m3"), scene.onSecond("m4"));
    GatewayClient inside = scene.onSecond("m5");
    inside.call(join(chat));
    GatewayClient tablet = scene.onSecond("m0");
    double before = published(scene.first(), scene.second());

    write(sender, chat);

    outside.forEach(UnreadCostIT::awaitLast);
    awaitLast(tablet);
    double count = published(scene.first(), scene.second()) - before;
    // Each message itself, and the two windows of a second.
    assertThat(count).isLessThan(MESSAGES + 2 * (SECONDS * 2 + 2) + BEATS);
    outside.forEach(client ->
        assertThat(client.received().stream().filter(f -> f.event().equals("chat:unread")))
            .allMatch(frame -> frame.number("unread") == frame.number("lastSeq")));
    inside.assertSilence("chat:unread", QUIET);
  }

  @Test
  void publishesNextToNothingOnTheOnlyInstance() {
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        TestGateway only = TestGateway.start(Backends.freshDatabase(), redis);
        Scene alone = new Scene(only, only)) {
      String chat = large(alone);
      GatewayClient sender = alone.onFirst("m0");
      GatewayClient reader = alone.onFirst("m1");
      double before = published(only);

      write(sender, chat);
      awaitLast(reader);

      // Each message itself, as nobody is in the room; and the proof that nobody else listens.
      assertThat(published(only) - before).isLessThan(MESSAGES + SECONDS + 2 + BEATS);
    }
  }

  @Test
  void publishesTheMarksOfManyReadersTogether() {
    String chat = large(scene);
    GatewayClient sender = scene.onFirst("m0");
    GatewayClient elsewhere = scene.onSecond("m7");
    String id = sender.call(message(chat, "read me")).get("id").asString();
    elsewhere.await("chat:unread");
    Marks marks = scene.first().bean(Marks.class);
    double before = published(scene.first(), scene.second());

    Flux.range(1, 300)
        .flatMap(i -> marks.read(chat, scene.user("m" + i), id), 300)
        .blockLast(Duration.ofSeconds(20));

    Received own = elsewhere.await("chat:unread", SOON);
    assertThat(own.number("unread")).isZero();
    assertThat(own.number("lastSeq")).isEqualTo(1);
    assertThat(published(scene.first(), scene.second()) - before).isLessThan(30 + BEATS);
  }

  @Test
  void tellsAReaderWithoutOtherConnectionsNothing() {
    String chat = large(scene);
    GatewayClient sender = scene.onFirst("m0");
    GatewayClient reader = scene.onSecond("m1");
    String id = sender.call(message(chat, "read me")).get("id").asString();
    reader.await("chat:unread");

    reader.call(new MarkRead(chat, id));

    reader.assertSilence("chat:unread", QUIET);
  }

  /** Nobody is pushed the marks of a large chat, so the room does not tell these devices. */
  @Test
  void tellsOnesDevicesInTheRoomOfALargeChatToo() {
    String chat = large(scene);
    GatewayClient sender = scene.onFirst("m0");
    GatewayClient phone = scene.onFirst("m1");
    GatewayClient laptop = scene.onFirst("m1");
    GatewayClient tablet = scene.onSecond("m1");
    for (GatewayClient device : List.of(phone, laptop, tablet)) {
      device.call(join(chat));
    }
    String id = sender.call(message(chat, "read me")).get("id").asString();

    phone.call(new MarkRead(chat, id));

    for (GatewayClient device : List.of(laptop, tablet)) {
      assertThat(device.await("chat:unread", SOON).number("unread")).isZero();
    }
  }
}
