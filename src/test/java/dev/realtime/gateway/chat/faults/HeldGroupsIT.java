package dev.realtime.gateway.chat.faults;

import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.ChatCommand.MarkRead;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What is written in groups waits for a held row apart from its group. */
@Timeout(120)
class HeldGroupsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final TestDatabase database = TestDatabase.fresh();

  @AutoClose
  private final TestGateway gateway = TestGateway.start(database.url(), Backends.redis());

  @AutoClose private final Scene scene = new Scene(gateway, gateway);
  private final GatewayClient alice = scene.onFirst("alice");

  @Test
  void aReactionIsNotHeldUpByAnotherChat() {
    String held = scene.group(alice, "bob");
    String free = scene.group(alice, "bob");
    String there = sent(held);
    String here = sent(free);
    GatewayClient bob = scene.onFirst("bob");
    CompletableFuture<JsonNode> waiting;
    try (TestDatabase.Lock _ = database.lockChat(held)) {
      waiting = bob.request(react(there, "ok"));
      awaitHeldUp();
      assertQuick(() -> alice.call(react(here, "ok")));
    }
    assertDoneOrUnavailable(waiting);
    assertThat(bob.call(react(there, "ok")).get("count").asLong()).isEqualTo(1);
  }

  /** A marker whose row somebody holds waits alone. */
  @Test
  void aMarkIsNotHeldUpByAnotherMember() {
    String held = scene.group(alice, "bob");
    String free = scene.group(alice, "bob");
    String there = sent(held);
    String here = sent(free);
    GatewayClient bob = scene.onFirst("bob");
    GatewayClient other = scene.onFirst("bob");
    CompletableFuture<JsonNode> waiting;
    try (TestDatabase.Lock _ =
        database.lock(
            "chat_members where chat_id = '%s' and user_id = '%s'"
                .formatted(held, scene.user("bob")))) {
      waiting = bob.request(new MarkRead(held, there));
      awaitHeldUp();
      assertQuick(() -> other.call(new MarkRead(free, here)));
      assertThat(waiting).isNotDone();
    }
    assertDoneOrUnavailable(waiting);
    assertThat(bob.call(new MarkRead(held, there)).get("unread").asLong()).isZero();
  }

  /** Somebody waits for the row by now. */
  private void awaitHeldUp() {
    await()
        .atMost(PATIENCE)
        .until(() ->
            database.count(
                    "pg_stat_activity where datname = current_database()"
                        + " and wait_event_type = 'Lock'")
                > 0);
  }

  private String sent(String chat) {
    return alice.call(message(chat, "like me")).get("id").asString();
  }

  private static void assertQuick(Runnable call) {
    long asked = System.nanoTime();
    call.run();
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(2));
  }

  private static void assertDoneOrUnavailable(CompletableFuture<JsonNode> asked) {
    try {
      asked.join();
    } catch (CompletionException failed) {
      assertThat(failed.getCause())
          .isInstanceOfSatisfying(
              RefusedException.class,
              refused -> assertThat(refused.code()).isEqualTo("unavailable"));
    }
  }
}
