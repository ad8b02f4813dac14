package dev.realtime.gateway.notification;

import static dev.realtime.gateway.notification.Platform.pushes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestDatabase.Lock;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mentions that wait together. */
@Timeout(120)
class ManyMentionsIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static @Nullable TestGateway gateway;

  @AutoClose private final Scene scene = new Scene(node(), node());

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onFirst("bob");
  private final String chat = scene.group(alice, "bob");

  @BeforeAll
  static void start() {
    gateway = TestGateway.start(DATABASE.url(), Backends.redis());
  }

  @AfterAll
  static void stop() {
    node().close();
  }

  private static TestGateway node() {
    return Objects.requireNonNull(gateway);
  }

  private void mention(String content) {
    alice.call(new SendMessage(chat, content, null, null, List.of(scene.user("bob")), null, null));
  }

  private List<String> told() {
    return pushes(bob).stream().map(frame -> frame.text("message")).toList();
  }

  @Test
  void shareATransaction() {
    mention("first");
    bob.await(frame -> frame.text("message").equals("first"), SOON);
    try (Lock held =
        DATABASE.lock("notification_counters where user_id = '%s'".formatted(scene.user("bob")))) {
      for (int i = 0; i < 20; i++) {
        mention("text " + i);
      }
      held.release();
    }

    await().atMost(SOON).untilAsserted(() -> assertThat(told()).hasSize(21));
    assertThat(told().getLast()).isEqualTo("text 19");
    assertThat(
            DATABASE.number(
                "select count(distinct xmin::text) from notifications where user_id = '%s'"
                    .formatted(scene.user("bob"))))
        .isLessThan(8);
  }

  @Test
  void oneThatFailsStopsNoOther() {
    DATABASE.run(
        "create function refuse() returns trigger language plpgsql as"
            + " $$ begin raise exception 'refused'; end $$",
        "create trigger refuse before insert on notifications for each row"
            + " when (new.message = 'bad') execute function refuse()");
    mention("bad");
    mention("good");
    mention("better");

    Received last = bob.await(frame -> frame.text("message").equals("better"), SOON);
    assertThat(last.text("type")).isEqualTo("mention");
    assertThat(told()).containsExactly("good", "better");
    assertThat(DATABASE.count("pending_mentions where due_at > now()")).isOne();

    DATABASE.run(
        "drop trigger refuse on notifications", "update pending_mentions set due_at = now()");
    bob.await(frame -> frame.text("message").equals("bad"), SOON);
    assertThat(DATABASE.count("pending_mentions")).isZero();
  }
}
