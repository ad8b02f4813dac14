package dev.realtime.gateway.notification;

import static dev.realtime.gateway.notification.Platform.list;
import static dev.realtime.gateway.notification.Platform.listed;
import static dev.realtime.gateway.notification.Platform.pushes;
import static dev.realtime.gateway.notification.Platform.titles;
import static dev.realtime.gateway.support.Markers.assertNothingBeforePing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.NotificationCommand.AcknowledgeNotifications;
import dev.realtime.gateway.protocol.NotificationCommand.ListNotifications;
import dev.realtime.gateway.protocol.NotificationCommand.ReadNotification;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What the devices of a user see of notifications that are pushed, listed and read. */
@Timeout(90)
class NotificationsIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  @AutoClose private final Scene scene = new Scene();

  private final Platform first = new Platform(scene.first());
  private final Platform second = new Platform(scene.second());
  private final String alice = scene.user("alice");

  private static void awaitCount(GatewayClient client, int count) {
    await().atMost(SOON).untilAsserted(() -> assertThat(pushes(client)).hasSize(count));
  }

  @Test
  void reachEveryDeviceOnceAndInTheSameOrder() {
    List<GatewayClient> devices =
        List.of(scene.onFirst("alice"), scene.onFirst("alice"), scene.onSecond("alice"));
    List<Future<Integer>> senders =
        Stream.of(first, second).map(platform -> scene.beside(() -> tellMany(platform))).toList();
    senders.forEach(Scene::finish);

    devices.forEach(device -> awaitCount(device, 50));
    List<String> order = listed(devices.getFirst().call(list())).reversed();
    assertThat(order).hasSize(50).doesNotHaveDuplicates();
    devices.forEach(device -> assertThat(titles(device)).isEqualTo(order));
    assertNothingBeforePing(devices.getLast(), frame -> frame.event().equals("session:bye"));
    devices.forEach(device -> assertThat(pushes(device)).hasSize(50));
  }

  private int tellMany(Platform platform) {
    for (int i = 0; i < 25; i++) {
      platform.tell(alice, platform.hashCode() + " " + i);
    }
    return 25;
  }

  @Test
  void showTheWholeNotificationInAPush() {
    GatewayClient phone = scene.onSecond("alice");
    first.tell(
        List.of(alice), "Your order", ", \"data\": {\"orderId\": \"4711\", \"n\": [1, null]}");

    Received push = phone.await("notification");
    assertThat(push.text("type")).isEqualTo("test");
    assertThat(push.text("message")).isEqualTo("a message");
    assertThat(push.data().get("data").toString())
        .isEqualTo("{\"orderId\":\"4711\",\"n\":[1,null]}");
    assertThat(Instant.parse(push.text("createdAt"))).isBefore(Instant.now().plusSeconds(5));
    assertThat(push.isReplayed()).isFalse();
    JsonNode page = phone.call(list());
    assertThat(page.at("/notifications/0")).isEqualTo(push.data());
    assertThat(page.get("unread").asLong()).isEqualTo(1);
  }

  @Test
  void keepTheDevicesInStepWhenRead() {
    GatewayClient phone = scene.onFirst("alice");
    GatewayClient laptop = scene.onSecond("alice");
    GatewayClient bob = scene.onFirst("bob");
    for (String title : List.of("one", "two", "three")) {
      first.tell(alice, title);
    }
    awaitCount(laptop, 3);
    String id = pushes(laptop).get(1).text("id");

    assertThat(phone.call(new ReadNotification(id, null)).get("unread").asLong()).isEqualTo(2);
    Received read = laptop.await("notification:read");
    assertThat(read.data().toString()).isEqualTo("{\"id\":\"" + id + "\",\"unread\":2}");
    assertThat(phone.call(new ReadNotification(id, null)).get("unread").asLong()).isEqualTo(2);
    assertThat(bob.refusal(new ReadNotification(id, null)).code()).isEqualTo("not_found");
    assertThat(bob.refusal(new ReadNotification("nonsense", null)).code()).isEqualTo("not_found");
    assertThat(listed(laptop.call(new ListNotifications(null, null, true))))
        .containsExactly("three", "one");
    assertThat(laptop.call(list()).at("/notifications/1/readAt").isString()).isTrue();

    assertThat(laptop.call(new ReadNotification(null, true)).get("unread").asLong()).isZero();
    assertThat(phone.await(frame -> frame.data().has("all"), SOON).data().toString())
        .isEqualTo("{\"all\":true,\"unread\":0}");
    laptop.await(frame -> frame.data().has("all"), SOON);
    phone.call(new ReadNotification(null, true));
    first.tell(alice, "marker");
    laptop.assertNothingBefore(
        frame -> frame.text("title").equals("marker"),
        frame -> frame.event().equals("notification:read"));
    phone.call(new AcknowledgeNotifications(List.of(id, UUID.randomUUID().toString(), "x")));
  }

  @Test
  void listsPageByPage() {
    GatewayClient phone = scene.onFirst("alice");
    for (int i = 0; i < 5; i++) {
      first.tell(alice, "n" + i);
    }

    JsonNode one = phone.call(new ListNotifications(null, 2, null));
    JsonNode two = phone.call(new ListNotifications(one.get("cursor").asString(), 2, null));
    JsonNode three = phone.call(new ListNotifications(two.get("cursor").asString(), 2, null));

    assertThat(Stream.of(one, two, three).flatMap(page -> listed(page).stream()))
        .containsExactly("n4", "n3", "n2", "n1", "n0");
    assertThat(three.has("cursor")).isFalse();
    assertThat(one.get("unread").asLong()).isEqualTo(5);
    assertThat(phone.refusal(new ListNotifications("nonsense", null, null)).code())
        .isEqualTo("bad_request");
  }

  @Test
  void replaceAnOlderOneWithTheSameKey() {
    GatewayClient phone = scene.onFirst("alice");
    first.tell(List.of(alice), "4 people like it", ", \"collapseKey\": \"likes\"");
    first.tell(List.of(alice), "other", ", \"collapseKey\": \"else\"");
    second.tell(
        List.of(alice, scene.user("bob")), "5 people like it", ", \"collapseKey\": \"likes\"");

    awaitCount(phone, 3);
    JsonNode page = phone.call(list());
    assertThat(listed(page)).containsExactly("5 people like it", "other");
    assertThat(page.get("unread").asLong()).isEqualTo(2);
    // An open app knows by the key which notification to remove.
    assertThat(
            phone.received().stream()
                .filter(frame -> frame.event().equals("notification"))
                .map(frame -> frame.text("collapseKey")))
        .containsExactly("likes", "else", "likes");
  }

  @Test
  void hideTheExpired() {
    GatewayClient phone = scene.onFirst("alice");
    String past = Instant.now().minusSeconds(1).toString();
    String soon = Instant.now().plusSeconds(2).toString();
    first.tell(List.of(alice), "soon over", ", \"expiresAt\": \"" + soon + "\"");
    first.tell(List.of(alice), "over", ", \"expiresAt\": \"" + past + "\"");
    first.tell(alice, "lasting");

    awaitCount(phone, 2);
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          JsonNode page = phone.call(list());
          assertThat(listed(page)).containsExactly("lasting");
          assertThat(page.get("unread").asLong()).isEqualTo(1);
        });
    assertThat(titles(phone)).containsExactly("soon over", "lasting");
  }

  @Test
  void countUnreadExactlyWhateverHappensAtOnce() {
    GatewayClient phone = scene.onFirst("alice");
    GatewayClient laptop = scene.onSecond("alice");
    for (int i = 0; i < 20; i++) {
      first.tell(alice, "old " + i);
    }
    awaitCount(phone, 20);
    List<String> ids = pushes(phone).stream().map(frame -> frame.text("id")).toList();

    List<Future<Integer>> tasks = new ArrayList<>();
    for (GatewayClient device : List.of(phone, laptop)) {
      tasks.add(scene.beside(() -> readAll(device, ids.subList(0, 15))));
      tasks.add(scene.beside(() -> acknowledgeAll(device, ids)));
    }
    tasks.add(scene.beside(() -> collapsing(first)));
    tasks.add(scene.beside(() -> collapsing(second)));
    tasks.forEach(Scene::finish);

    // Five of the old notifications, and the last of 20 that share a key.
    assertThat(phone.call(list()).get("unread").asLong()).isEqualTo(6);
    assertThat(listed(laptop.call(new ListNotifications(null, null, true)))).hasSize(6);
  }

  private static int readAll(GatewayClient device, List<String> ids) {
    ids.forEach(id -> device.call(new ReadNotification(id, null)));
    return ids.size();
  }

  private static int acknowledgeAll(GatewayClient device, List<String> ids) {
    for (int i = 0; i < 10; i++) {
      device.call(new AcknowledgeNotifications(ids));
    }
    return 10;
  }

  private int collapsing(Platform platform) {
    for (int i = 0; i < 10; i++) {
      platform.tell(List.of(alice), "collapsing", ", \"collapseKey\": \"one\"");
    }
    return 10;
  }

  @Test
  void reachTenThousandUsersInOneCall() {
    List<GatewayClient> connected =
        IntStream.range(0, 40)
            .mapToObj(i ->
                i % 2 == 0 ? scene.onFirst("many " + i * 250) : scene.onSecond("many " + i * 250))
            .toList();
    List<String> users = IntStream.range(0, 10_000).mapToObj(i -> scene.user("many " + i)).toList();

    Answer answer =
        first.call(
            "POST",
            "/notifications",
            Platform.body(
                Stream.concat(users.stream().skip(1), users.stream()).limit(10_000).toList(),
                "all",
                ""));

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body().get("accepted").asInt()).isEqualTo(10_000);
    connected.forEach(client -> awaitCount(client, 1));
    assertNothingBeforePing(connected.getLast(), frame -> frame.event().equals("session:bye"));
    connected.forEach(client -> assertThat(titles(client)).containsExactly("all"));
    GatewayClient late = scene.onSecond("many 9999");
    assertThat(listed(late.call(list()))).containsExactly("all");
  }
}
