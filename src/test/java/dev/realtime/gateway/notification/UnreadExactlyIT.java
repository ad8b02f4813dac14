package dev.realtime.gateway.notification;

import static dev.realtime.gateway.notification.Platform.list;
import static dev.realtime.gateway.notification.Platform.listed;
import static dev.realtime.gateway.notification.Platform.pushes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.NotificationCommand.AcknowledgeNotifications;
import dev.realtime.gateway.protocol.NotificationCommand.ListNotifications;
import dev.realtime.gateway.protocol.NotificationCommand.ReadNotification;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.Seeds;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * The number of unread notifications, while many things happen to them at once. More runs: {@code
 * -Dgateway.seeds=100}.
 */
@Timeout(300)
class UnreadExactlyIT {

  private static final int STEPS = 30;

  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static @Nullable TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start(DATABASE.url(), Backends.redis());
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(gateway).close();
  }

  @Test
  void isExactAtEveryMoment() {
    Seeds.run(2, 2, UnreadExactlyIT::run);
  }

  private static void run(long seed) {
    TestGateway node = Objects.requireNonNull(gateway);
    try (Scene scene = new Scene(node, node)) {
      List<String> users = Stream.of("alice", "bob").map(scene::user).toList();
      List<GatewayClient> devices =
          Stream.of("alice", "alice", "bob", "bob").map(scene::onFirst).toList();
      List<Future<Integer>> work = new ArrayList<>();
      for (GatewayClient device : devices) {
        Random random = new Random(31 * seed + work.size());
        work.add(scene.beside(() -> use(device, random)));
      }
      for (int i = 0; i < 2; i++) {
        Random random = new Random(37 * seed + i);
        Random another = new Random(41 * seed + i);
        work.add(scene.beside(() -> tell(new Platform(node), users, random)));
        work.add(scene.beside(() -> sweep(scene.user("%"), another)));
      }
      work.forEach(Scene::finish);
      // A page and its number are two queries, between which one may expire.
      await().until(() -> DATABASE.count("notifications where expires_at > now()") == 0);
      devices.forEach(UnreadExactlyIT::assertShownExactly);
      users.forEach(UnreadExactlyIT::assertReadAll);
    }
  }

  /**
   * What runs in the background, more often and in smaller steps than otherwise. Looks for counters
   * that disagree with their rows, each time in one snapshot.
   */
  private static int sweep(String users, Random random) {
    for (int i = 0; i < STEPS; i++) {
      int rows = 1 + random.nextInt(9);
      DATABASE.number(
          switch (random.nextInt(3)) {
            case 0 -> "select settle_notifications(%d)".formatted(rows);
            case 1 -> "select withdraw_expired_notifications(%d)".formatted(rows);
            default ->
                "select forget_notifications('%s', %d)"
                    .formatted(Identifiers.firstOf(Instant.now().minusMillis(700)), rows);
          });
      long wrong =
          DATABASE.number(
              """
              select count(*) from notification_counters c
              where c.user_id like '%s' and c.unread <> (
                select count(*) from notifications n
                where n.user_id = c.user_id and n.read_at is null and n.withdrawn_at is null
                  and n.position > c.read_up_to)
              """
                  .formatted(users));
      assertThat(wrong).as("wrong counters").isZero();
    }
    return STEPS;
  }

  private static int tell(Platform platform, List<String> users, Random random) {
    for (int i = 0; i < STEPS; i++) {
      List<String> told = random.nextInt(3) == 0 ? users : List.of(users.get(random.nextInt(2)));
      String more =
          switch (random.nextInt(4)) {
            case 0 -> ", \"collapseKey\": \"k" + random.nextInt(2) + '"';
            case 1 -> ", \"expiresAt\": \"" + Instant.now().plusMillis(random.nextInt(300)) + '"';
            default -> "";
          };
      platform.tell(told, "n" + i, more);
    }
    return STEPS;
  }

  private static int use(GatewayClient device, Random random) {
    for (int i = 0; i < STEPS; i++) {
      List<Received> known = pushes(device);
      if (random.nextInt(8) == 0) {
        device.call(new ReadNotification(null, true));
      } else if (random.nextInt(4) == 0 || known.isEmpty()) {
        assertThat(device.call(list()).get("unread").asLong()).isNotNegative();
      } else {
        String id = known.get(random.nextInt(known.size())).text("id");
        // One that was forgotten is refused.
        device
            .request(
                random.nextBoolean()
                    ? new ReadNotification(id, null)
                    : new AcknowledgeNotifications(List.of(id)))
            .handle((ack, refused) -> ack)
            .join();
      }
    }
    return STEPS;
  }

  /** What is shown leaves out what has expired, whether a sweep has found it or not. */
  private static void assertShownExactly(GatewayClient device) {
    JsonNode page = device.call(new ListNotifications(null, 200, true));
    JsonNode all = device.call(new ListNotifications(null, 200, null));
    assertThat(page.get("unread").asLong()).isEqualTo(page.get("notifications").size());
    assertThat(all.get("unread").asLong())
        .isEqualTo(
            all.get("notifications").valueStream().filter(each -> !each.has("readAt")).count());
  }

  /** After all are read nothing is unread, and what is shown stays when the rows say so. */
  private static void assertReadAll(String userId) {
    try (GatewayClient device = Objects.requireNonNull(gateway).connect(userId)) {
      assertThat(device.call(new ReadNotification(null, true)).get("unread").asLong()).isZero();
      assertThat(listed(device.call(new ListNotifications(null, 200, true)))).isEmpty();
      JsonNode shown = device.call(new ListNotifications(null, 200, null));
      assertThat(shown.get("notifications"))
          .allSatisfy(each -> assertThat(each.has("readAt")).isTrue());
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> DATABASE.number("select settle_notifications(7)") == 0);
      assertThat(device.call(new ListNotifications(null, 200, null)).get("notifications"))
          .isEqualTo(shown.get("notifications"));
    }
  }
}
