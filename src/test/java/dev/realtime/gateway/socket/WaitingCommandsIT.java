package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of commands that wait for the one before them. */
@Timeout(60)
class WaitingCommandsIT {

  private static final Duration SOON = Duration.ofSeconds(10);

  /** More than a lane takes before the gateway stops reading. */
  private static final int MANY = 100;

  private static final TestDatabase DATABASE = TestDatabase.fresh();

  @AutoClose
  private static final TestGateway GATEWAY =
      TestGateway.start(
          DATABASE.url(),
          Backends.redis(),
          "SESSION_HEARTBEAT=500ms",
          "SESSION_HEARTBEAT_GRACE=500ms");

  @AutoClose private final Scene scene = new Scene(GATEWAY, GATEWAY);

  private static long stored(String chat) {
    return DATABASE.count("messages where chat_id = '" + chat + "'");
  }

  @Test
  void dropsWhatHasNotBegunWhenTheConnectionIsGone() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onFirst("bob");
    String chat = scene.group(bob, "alice");
    String aliceId = alice.connectionId();
    try (TestDatabase.Lock _ = DATABASE.lockChat(chat)) {
      IntStream.range(0, 10).forEach(i -> alice.send(message(chat, "from the gone " + i)));
      await().atMost(SOON).until(() -> DATABASE.number(waitingForRows()) > 0);
      alice.abort();
      await()
          .atMost(SOON)
          .until(() ->
              GATEWAY.bean(ConnectionRegistry.class).all().stream()
                  .noneMatch(connection -> connection.id().equals(aliceId)));
    }
    await().atMost(SOON).until(() -> stored(chat) > 0);
    assertThat(bob.call(message(chat, "from one who is here")).get("seq").asLong()).isEqualTo(2);

    assertThat(stored(chat)).isEqualTo(2);
  }

  private static String waitingForRows() {
    return "select count(*) from pg_stat_activity where datname = current_database()"
        + " and application_name = 'realtime-gateway' and wait_event_type = 'Lock'";
  }

  /** The client's pongs are among what the gateway does not read meanwhile. */
  @Test
  void keepsAClientWhoseReadingTheGatewayHasPaused() {
    GatewayClient alice = scene.onFirst("alice");
    String chat = scene.group(alice, "bob");
    try (TestDatabase.Lock _ = DATABASE.lockChat(chat)) {
      for (int i = 0; i < MANY; i++) {
        var _ = alice.request(message(chat, "message " + i));
      }
      await()
          .pollDelay(Duration.ofSeconds(3))
          .atMost(SOON)
          .until(() -> DATABASE.number(waitingForRows()) > 0);
    }
    await()
        .atMost(SOON)
        .until(() -> alice.received().stream().filter(Received::isReply).count() > MANY);

    assertThat(alice.received())
        .noneMatch(frame -> frame.event().equals("session:bye") || frame.event().equals("error"));
  }
}
