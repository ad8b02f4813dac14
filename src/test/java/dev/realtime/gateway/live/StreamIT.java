package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.say;
import static dev.realtime.gateway.live.LiveScene.status;
import static dev.realtime.gateway.live.LiveScene.stream;
import static dev.realtime.gateway.support.Markers.assertNothingBeforeEvent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.LeaveStream;
import dev.realtime.gateway.protocol.LiveCommand.React;
import dev.realtime.gateway.protocol.LiveCommand.SendLiveMessage;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Gateways;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The life of a stream, who is in it and what is said. */
@Timeout(60)
class StreamIT {

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient host = scene.onFirst("host");
  private final GatewayClient viewer = scene.onSecond("viewer");

  @Test
  void isToldToWhoMadeItAndToWhoJoins() {
    JsonNode made = host.call(new CreateStream("Launch", "https://video.example.com/1.m3u8", null));
    String stream = made.get("streamId").asString();
    assertThat(made.get("status").asString()).isEqualTo("created");
    assertThat(made.get("hostId").asString()).isEqualTo(scene.user("host"));

    JsonNode state = join(viewer, stream);

    assertThat(state.get("title").asString()).isEqualTo("Launch");
    assertThat(state.get("playbackUrl").asString()).isEqualTo("https://video.example.com/1.m3u8");
    assertThat(state.get("viewerCount").asLong()).isEqualTo(1);
    assertThat(state.get("recent")).isEmpty();
    assertThat(viewer.await("live:joined").data().toString())
        .isEqualTo("{\"streamId\":\"%s\",\"viewerCount\":1}".formatted(stream));
  }

  @Test
  void goesFromCreatedToStartedToEndedAndNoOtherWay() {
    String stream = stream(host);
    join(viewer, stream);

    assertThat(host.refusal(status(stream, StreamStatus.ENDED)).code()).isEqualTo("conflict");
    JsonNode started = host.call(status(stream, StreamStatus.STARTED));
    assertThat(started.get("startedAt").asString()).isNotEmpty();
    assertThat(viewer.await("live:status").text("status")).isEqualTo("started");
    assertThat(host.call(status(stream, StreamStatus.STARTED))).isEqualTo(started);
    host.call(status(stream, StreamStatus.ENDED));
    assertThat(viewer.await("live:status").text("endedAt")).isNotEmpty();
    assertThat(host.refusal(status(stream, StreamStatus.STARTED)).code()).isEqualTo("conflict");
    String marker =
        "{\"room\": {\"kind\": \"live\", \"id\": \"%s\"}, \"event\": \"app:marker\", \"data\": {}}"
            .formatted(stream);
    assertThat(ApiCalls.call(scene.first(), "POST", "/api/v1/events", marker).status())
        .isEqualTo(202);
    viewer.assertNothingBefore("app:marker", "live:status");
  }

  @Test
  void isStartedByTheHostOnly() {
    String stream = stream(host);
    join(viewer, stream);
    assertThat(viewer.refusal(status(stream, StreamStatus.STARTED)).code()).isEqualTo("forbidden");
  }

  @Test
  void isOpenFromItsCreationUntilItEnds() {
    String stream = stream(host);
    join(host, stream);
    join(viewer, stream);
    say(viewer, stream, "first");
    assertThat(host.await("live:message").text("content")).isEqualTo("first");
    host.call(status(stream, StreamStatus.STARTED));
    host.call(status(stream, StreamStatus.ENDED));

    // The other node learns of the end in a moment.
    await()
        .atMost(Duration.ofSeconds(2))
        .untilAsserted(() ->
            assertThat(viewer.refusal(new SendLiveMessage(stream, "late", null)).code())
                .isEqualTo("conflict"));
    assertThat(viewer.refusal(new React(stream, "x")).code()).isEqualTo("conflict");
    GatewayClient late = scene.onSecond("late");
    JsonNode state = join(late, stream);
    assertThat(state.get("status").asString()).isEqualTo("ended");
    assertThat(state.get("recent").get(0).get("content").asString()).isEqualTo("first");
  }

  @Test
  void tellsWhoJoinsTheLastFiftyMessagesInOrder() {
    TestGateway node = Gateways.shared("RATE_LIMITS_ENABLED=false");
    try (GatewayClient speaker = node.connect("speaker");
        GatewayClient early = node.connect("early");
        GatewayClient late = node.connect("late")) {
      String stream = stream(speaker);
      join(early, stream);
      join(speaker, stream);
      IntStream.range(0, 70).forEach(i -> say(speaker, stream, "m" + i));
      early.await(frame -> frame.text("content").equals("m69"), GatewayClient.DEADLINE);

      List<String> recent =
          join(late, stream)
              .get("recent")
              .valueStream()
              .map(message -> message.get("content").asString())
              .toList();

      assertThat(recent).isEqualTo(IntStream.range(20, 70).mapToObj(i -> "m" + i).toList());
    }
  }

  @Test
  void tellsRecentMessagesOnAnInstanceThatWasNotThere() {
    String stream = stream(host);
    join(host, stream);
    say(host, stream, "before");
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> {
          // Anyone's first join on the other node reads what is stored.
          try (GatewayClient late = scene.second().connect(scene.user("late"))) {
            assertThat(join(late, stream).get("recent")).hasSize(1);
          }
        });
  }

  @Test
  void isForThoseWhoAreIn() {
    String stream = stream(host);
    assertThat(viewer.refusal(new SendLiveMessage(stream, "hi", null)).code())
        .isEqualTo("forbidden");
    assertThat(viewer.refusal(new React(stream, "x")).code()).isEqualTo("forbidden");
    assertThat(viewer.refusal(new JoinStream("no-such-stream")).code()).isEqualTo("not_found");
  }

  @Test
  void saysNothingAfterLeaving() {
    String stream = stream(host);
    join(host, stream);
    join(viewer, stream);
    viewer.call(new LeaveStream(stream));
    say(host, stream, "anyone?");

    assertThat(host.await("live:message").text("content")).isEqualTo("anyone?");
    assertNothingBeforeEvent(scene.first(), viewer, frame -> frame.event().equals("live:message"));
  }

  @Test
  void addsReactionsUpToOnePushAnEmojiAndWindow() {
    String stream = stream(host);
    join(host, stream);
    List<GatewayClient> crowd =
        IntStream.range(0, 20)
            .mapToObj(i -> scene.on(i % 2 == 0 ? scene.first() : scene.second(), "fan" + i))
            .toList();
    crowd.forEach(fan -> join(fan, stream));

    crowd.forEach(fan -> fan.send(new React(stream, "👍")));
    crowd.forEach(fan -> fan.send(new React(stream, "🎉")));
    crowd.forEach(fan -> fan.call(new React(stream, "👍")));

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> {
          assertThat(sum(host, "👍")).isEqualTo(40);
          assertThat(sum(host, "🎉")).isEqualTo(20);
          assertThat(sum(crowd.get(1), "👍")).isEqualTo(40);
        });
    assertThat(pushes(host)).hasSizeLessThan(30);
    assertThat(pushes(host).getFirst().data().get("userIds").size()).isBetween(1, 10);
  }

  /** A stream's wire is not a place for any number of words. */
  @Test
  void takesTwentyKindsOfReactionsAtATime() {
    Reactions reactions = scene.first().bean(Reactions.class);

    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> {
          long begun = System.nanoTime();
          List<Boolean> counted =
              IntStream.range(0, 21)
                  .mapToObj(i -> isCounted(reactions, "any-" + begun, "kind " + i))
                  .toList();
          // On a busy machine the moment may be over before the last one.
          return !counted.subList(0, 20).contains(false) && !counted.getLast();
        });
  }

  private static boolean isCounted(Reactions reactions, String streamId, String emoji) {
    try {
      reactions.add(streamId, emoji, "fan");
      return true;
    } catch (GatewayException refused) {
      assertThat(refused.code()).isEqualTo(ErrorCode.RATE_LIMITED);
      return false;
    }
  }

  private static List<Received> pushes(GatewayClient client) {
    return client.received().stream()
        .filter(frame -> frame.event().equals("live:reaction"))
        .toList();
  }

  private static long sum(GatewayClient client, String emoji) {
    return pushes(client).stream()
        .filter(frame -> frame.text("emoji").equals(emoji))
        .mapToLong(frame -> frame.number("count"))
        .sum();
  }

  @Test
  void limitsHowOftenOneSpeaks() {
    String stream = stream(host);
    join(viewer, stream);
    IntStream.range(0, 20).forEach(i -> say(viewer, stream, "m" + i));

    var refusal = viewer.refusal(new SendLiveMessage(stream, "too much", null));

    assertThat(refusal.code()).isEqualTo("rate_limited");
    assertThat(refusal.retryAfterMs()).isBetween(1L, 500L);
  }

  @Test
  void isMadeByThePlatformAloneWhereOperatorsWantIt() {
    try (TestGateway node = TestGateway.start("LIVE_CREATE=off");
        GatewayClient alice = node.connect("alice")) {
      assertThat(alice.refusal(new CreateStream("Launch", null, null)).code())
          .isEqualTo("forbidden");
    }
  }
}
