package dev.realtime.gateway.notification;

import static dev.realtime.gateway.notification.Platform.pushes;
import static dev.realtime.gateway.notification.Platform.titles;
import static dev.realtime.gateway.support.Commands.resumeAfter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.SessionCommand.Resume;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** {@code session:resume} with {@code notificationsAfter}. */
@Timeout(90)
class NotificationResumeIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  @AutoClose private final Scene scene = new Scene();

  private final Platform platform = new Platform(scene.first());
  private final String alice = scene.user("alice");

  private static Resume after(@Nullable String id) {
    return resumeAfter(id);
  }

  private static JsonNode resume(GatewayClient client, @Nullable String id) {
    return client.call(after(id)).path("notifications");
  }

  private static void awaitTitles(GatewayClient client, String... titles) {
    await().atMost(SOON).untilAsserted(() -> assertThat(titles(client)).containsExactly(titles));
  }

  /** The id of a notification that a connection saw before it was lost. */
  private String seen(String title) {
    GatewayClient phone = scene.onFirst("alice");
    platform.tell(alice, title);
    String id = phone.await("notification").text("id");
    phone.abort();
    return id;
  }

  @Test
  void replaysWhatWasMissedOnAnyInstanceAndNothingTwice() {
    String last = seen("seen");
    platform.tell(alice, "missed 1");
    platform.tell(alice, "missed 2");
    GatewayClient back = scene.onSecond("alice");
    platform.tell(alice, "before the resume");
    awaitTitles(back, "before the resume");

    JsonNode answer = resume(back, last);
    platform.tell(alice, "after the resume");

    assertThat(answer.toString()).isEqualTo("{\"outcome\":\"recovered\",\"unread\":4}");
    awaitTitles(back, "before the resume", "missed 1", "missed 2", "after the resume");
    assertThat(pushes(back))
        .extracting(Received::isReplayed)
        .containsExactly(false, true, true, false);
    assertThat(resume(back, last).get("outcome").asString()).isEqualTo("recovered");
    platform.tell(alice, "marker");
    awaitTitles(back, "before the resume", "missed 1", "missed 2", "after the resume", "marker");
  }

  @Test
  void addsOnlyWhatIsBeforeAnOlderPositionOnTheSameConnection() {
    String older = seen("older");
    String newer = seen("newer");
    platform.tell(alice, "newest");
    GatewayClient back = scene.onFirst("alice");

    resume(back, newer);
    awaitTitles(back, "newest");
    resume(back, older);
    awaitTitles(back, "newest", "newer");
    platform.tell(alice, "marker");
    awaitTitles(back, "newest", "newer", "marker");
  }

  @Test
  void saysNothingWhereNotificationsAreNotNamed() {
    seen("seen");
    GatewayClient back = scene.onSecond("alice");

    assertThat(back.call(after(null)).has("notifications")).isFalse();
    platform.tell(alice, "marker");
    awaitTitles(back, "marker");
  }

  @Test
  void answersAnUnknownPositionWithASnapshot() {
    String last = seen("seen");
    String bobs = UUID.randomUUID().toString();
    platform.tell(alice, "missed");
    GatewayClient back = scene.onSecond("alice");

    for (Resume unknown :
        List.of(after(bobs), after("nonsense"), new Resume("another epoch", null, null, last))) {
      assertThat(back.call(unknown).get("notifications").toString())
          .isEqualTo("{\"outcome\":\"snapshot\",\"unread\":2}");
    }
    platform.tell(alice, "live");
    awaitTitles(back, "live");
  }

  @Test
  void resumesAfterACollapsedOneAndReplaysNothingThatIsGone() {
    GatewayClient phone = scene.onFirst("alice");
    platform.tell(List.of(alice), "likes 1", ", \"collapseKey\": \"likes\"");
    String collapsed = phone.await("notification").text("id");
    phone.abort();
    platform.tell(List.of(alice), "likes 2", ", \"collapseKey\": \"likes\"");
    platform.tell(List.of(alice), "over", ", \"expiresAt\": \"2020-01-01T00:00:00Z\"");
    platform.tell(List.of(alice), "likes 3", ", \"collapseKey\": \"likes\"");
    GatewayClient back = scene.onSecond("alice");

    assertThat(resume(back, collapsed).get("outcome").asString()).isEqualTo("recovered");
    awaitTitles(back, "likes 3");
    platform.tell(alice, "live");
    awaitTitles(back, "likes 3", "live");
  }

  @Test
  void sendsTheAckThenTheReplayThenWhatIsNewer() {
    String last = seen("seen");
    for (int i = 0; i < 60; i++) {
      platform.tell(alice, "missed " + i);
    }
    GatewayClient back = scene.onSecond("alice");
    AtomicBoolean flowing = new AtomicBoolean(true);
    Future<Integer> flow = scene.beside(() -> tellWhile(flowing));

    await().atMost(SOON).until(() -> pushes(back).size() > 2);
    resume(back, last);
    await()
        .atMost(SOON)
        .until(() ->
            pushes(back).getLast().text("title").startsWith("flow") && pushes(back).size() > 75);
    flowing.set(false);
    int count = Scene.finish(flow);
    await().atMost(SOON).untilAsserted(() -> assertThat(pushes(back)).hasSize(60 + count));

    assertThat(titles(back)).doesNotHaveDuplicates();
    List<Received> frames = back.received();
    int ack = frames.indexOf(frames.stream().filter(Received::isReply).findFirst().orElseThrow());
    List<Boolean> afterAck =
        frames.subList(ack, frames.size()).stream()
            .filter(frame -> frame.event().equals("notification"))
            .map(Received::isReplayed)
            .toList();
    assertThat(afterAck.subList(0, 60)).as("the replay").doesNotContain(false);
    assertThat(afterAck.subList(60, afterAck.size())).as("then the rest").doesNotContain(true);
    List<String> flowed = titles(back).stream().filter(title -> title.startsWith("flow")).toList();
    assertThat(flowed)
        .isEqualTo(java.util.stream.IntStream.range(0, count).mapToObj(i -> "flow " + i).toList());
  }

  private int tellWhile(AtomicBoolean flowing) {
    int count = 0;
    while (flowing.get()) {
      platform.tell(alice, "flow " + count);
      count++;
    }
    return count;
  }

  @Test
  void answersMoreThanTheLimitWithASnapshot() {
    try (var gateway =
            TestGateway.start(Backends.freshDatabase(), Backends.redis(), "LIMIT_REPLAY=3");
        var small = new Scene(gateway, gateway)) {
      Platform its = new Platform(gateway);
      String user = small.user("alice");
      GatewayClient phone = small.onFirst("alice");
      its.tell(user, "seen");
      String last = phone.await("notification").text("id");
      phone.abort();
      for (int i = 0; i < 3; i++) {
        its.tell(user, "missed " + i);
      }
      GatewayClient three = small.onFirst("alice");
      assertThat(resume(three, last).get("outcome").asString()).isEqualTo("recovered");
      awaitTitles(three, "missed 0", "missed 1", "missed 2");
      its.tell(user, "missed 3");

      GatewayClient four = small.onFirst("alice");
      assertThat(resume(four, last).get("outcome").asString()).isEqualTo("snapshot");
      its.tell(user, "marker");
      awaitTitles(four, "marker");
    }
  }
}
