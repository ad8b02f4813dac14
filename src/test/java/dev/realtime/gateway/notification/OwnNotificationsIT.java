package dev.realtime.gateway.notification;

import static dev.realtime.gateway.notification.Platform.list;
import static dev.realtime.gateway.notification.Platform.listed;
import static dev.realtime.gateway.notification.Platform.pushes;
import static dev.realtime.gateway.support.Markers.assertNothingBeforePing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The notifications that the gateway creates itself: mentions, and streams of followed hosts. */
@Timeout(90)
class OwnNotificationsIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  @AutoClose private final Scene scene = new Scene();

  private SendMessage mentioning(String chat, String content, String tempId, String... names) {
    List<String> users = Stream.of(names).map(scene::user).toList();
    return new SendMessage(chat, content, tempId, null, users, null, null);
  }

  @Test
  void tellMentionedMembersOnce() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    GatewayClient mallory = scene.onFirst("mallory");
    String chat = scene.group(alice, "bob", "carol");

    String message =
        alice
            .call(mentioning(chat, "@bob look", "t1", "bob", "alice", "mallory"))
            .get("id")
            .asString();
    Received push = bob.await("notification", SOON);
    assertThat(push.text("type")).isEqualTo("mention");
    assertThat(push.text("message")).isEqualTo("@bob look");
    assertThat(push.data().get("data").toString())
        .contains(chat, message, scene.user("alice"), "\"seq\":1");
    alice.call(mentioning(chat, "@bob look", "t1", "bob", "alice", "mallory"));
    alice.call(mentioning(chat, "nobody", "t2"));

    // Mentions are handled in the order of their messages.
    alice.call(mentioning(chat, "marker", "t3", "bob"));
    assertNoNotificationBefore("marker", bob);
    Platform platform = new Platform(scene.first());
    platform.tell(List.of(scene.user("alice"), scene.user("mallory")), "marker", "");
    assertNoNotificationBefore("a message", alice, mallory);
  }

  /** A user gets notifications in the order in which they were stored, whichever instance did. */
  private static void assertNoNotificationBefore(String marker, GatewayClient... clients) {
    for (GatewayClient client : clients) {
      client.assertNothingBefore(
          frame -> frame.text("message").equals(marker),
          frame -> frame.event().equals("notification"));
    }
  }

  @Test
  void tellManyMentionsFromBothInstancesOnce() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient carol = scene.onSecond("carol");
    GatewayClient bob = scene.onFirst("bob");
    String chat = scene.group(alice, "bob", "carol");
    List<Future<Integer>> senders =
        Stream.of(alice, carol)
            .map(client -> scene.beside(() -> mentionMany(client, chat)))
            .toList();
    senders.forEach(Scene::finish);

    await().atMost(SOON).untilAsserted(() -> assertThat(pushes(bob)).hasSize(80));
    assertNothingBeforePing(bob, frame -> frame.event().equals("session:bye"));
    assertThat(pushes(bob)).extracting(frame -> frame.text("message")).doesNotHaveDuplicates();
  }

  /** An instance killed after the commit leaves a message with mentions, and wakes no sweeper. */
  @Test
  void tellAMentionWhoseInstanceDied() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    String chat = scene.group(alice, "bob");
    scene
        .first()
        .bean(Database.class)
        .sql(
            """
            select outcome from append_messages(
              array[:chat], array[:id], array[:sender], array['t'], array[:id], array['@bob'],
              array[:extra], array[false], array[:id], true)
            """)
        .bind("chat", chat)
        .bind("id", UUID.randomUUID())
        .bind("sender", scene.user("alice"))
        .bind("extra", "{\"mentions\": [\"" + scene.user("bob") + "\"]}")
        .then()
        .block(Duration.ofSeconds(5));

    assertThat(bob.await("notification", SOON).text("message")).isEqualTo("@bob");
    alice.call(mentioning(chat, "marker", "t2", "bob"));
    assertNoNotificationBefore("marker", bob);
  }

  @Test
  void tellMentionsOfAMessageOfThePlatform() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    String chat = scene.group(alice, "bob");

    assertThat(
            new Platform(scene.first())
                .call(
                    "POST",
                    "/chats/" + chat + "/messages",
                    """
                    {"senderId": "%s", "content": "@bob", "mentions": ["%s"]}\
                    """
                        .formatted(scene.user("alice"), scene.user("bob")))
                .status())
        .isEqualTo(201);

    assertThat(bob.await("notification", SOON).text("message")).isEqualTo("@bob");
  }

  private int mentionMany(GatewayClient client, String chat) {
    IntStream.range(0, 40)
        .forEach(i -> client.call(mentioning(chat, client.connectionId() + i, "t" + i, "bob")));
    return 40;
  }

  @Test
  void tellFollowersOnceThatAStreamHasBegun() {
    Platform platform = new Platform(scene.second());
    String host = scene.user("host");
    String stream = scene.user("stream");
    List<GatewayClient> followers =
        List.of(scene.onFirst("alice"), scene.onSecond("bob"), scene.onFirst("carol"));
    for (String name : List.of("alice", "bob", "carol", "alice")) {
      assertThat(follow("PUT", platform, name, host)).isEqualTo(204);
    }
    assertThat(follow("DELETE", platform, "carol", host)).isEqualTo(204);
    assertThat(follow("DELETE", platform, "carol", host)).isEqualTo(204);

    for (var node : List.of(scene.first(), scene.second(), scene.first())) {
      node.bean(Notifications.class)
          .streamStarted(stream, host, "Launch")
          .block(Duration.ofSeconds(5));
    }

    for (GatewayClient told : followers.subList(0, 2)) {
      Received push = told.await("notification", SOON);
      assertThat(push.text("type")).isEqualTo("stream.started");
      assertThat(push.text("title")).isEqualTo("Launch");
      assertThat(push.data().at("/data/streamId").asString()).isEqualTo(stream);
    }
    // Each sweep takes the oldest announcement first.
    scene
        .first()
        .bean(Notifications.class)
        .streamStarted(scene.user("marker"), host, "Marker")
        .block(Duration.ofSeconds(5));
    for (GatewayClient told : followers.subList(0, 2)) {
      told.assertNothingBefore(
          frame -> frame.text("title").equals("Marker"),
          frame -> frame.event().equals("notification"));
      assertThat(listed(told.call(list()))).containsExactly("Marker", "Launch");
    }
    platform.tell(scene.user("carol"), "marker");
    assertNoNotificationBefore("a message", followers.getLast());
  }

  private int follow(String method, Platform platform, String name, String host) {
    return platform.call(method, "/users/" + scene.user(name) + "/follows/" + host, null).status();
  }

  @Test
  void tellMoreFollowersThanOneGroupHolds() {
    String host = scene.user("host");
    Follows follows = scene.first().bean(Follows.class);
    IntStream.range(0, 1_100)
        .forEach(i -> follows.add(scene.user("fan " + i), host).block(Duration.ofSeconds(5)));
    scene
        .first()
        .bean(Notifications.class)
        .streamStarted(scene.user("big"), host, "Big")
        .block(Duration.ofSeconds(5));

    for (int i : new int[] {0, 499, 500, 501, 999, 1_000, 1_099}) {
      GatewayClient fan = scene.onSecond("fan " + i);
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(listed(fan.call(list()))).containsExactly("Big"));
      fan.abort();
    }
  }
}
