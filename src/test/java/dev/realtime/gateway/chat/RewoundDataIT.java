package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.ChatActions.sendAll;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.resume;
import static dev.realtime.gateway.support.Commands.resumeAfter;
import static dev.realtime.gateway.support.Commands.resumeStreams;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.Closed;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.notification.Platform;
import dev.realtime.gateway.protocol.ChatCommand.JoinChat;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The database has lost what rooms have passed, as after a failover to a replica that lagged. */
@Timeout(90)
class RewoundDataIT {

  private static final Duration COMPARED = Duration.ofSeconds(17);

  private static final TestDatabase DATABASE = TestDatabase.fresh();

  @AutoClose
  private static final TestGateway GATEWAY = TestGateway.start(DATABASE.url(), Backends.redis());

  @AutoClose private final Scene scene = new Scene(GATEWAY, GATEWAY);

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onFirst("bob");

  private String chatWith(int messages) {
    String chat = scene.group(bob, "alice", "carol");
    alice.call(join(chat));
    sendAll(bob, chat, "text ", messages);
    alice.await(frame -> frame.number("seq") == messages, COMPARED);
    return chat;
  }

  private static void rewind(String chat, int seq) {
    DATABASE.run(
        "update chats set last_seq = %1$d, last_rev = %1$d where id = '%2$s'".formatted(seq, chat),
        "delete from messages where chat_id = '%s' and seq > %d".formatted(chat, seq));
  }

  private static void assertToldToResume(GatewayClient client) {
    Closed closed = client.awaitClose(COMPARED);
    assertThat(closed.code()).isEqualTo(1011);
    assertThat(client.received().getLast().text("reason")).isEqualTo("server error");
  }

  @Test
  void deliversANewMessageAndAnswersTheOldPositionWithASnapshot() {
    String chat = chatWith(10);
    double rewound = rewoundRooms();
    rewind(chat, 7);
    bob.call(message(chat, "new 8"));

    assertToldToResume(alice);
    assertThat(rewoundRooms()).isEqualTo(rewound + 1);
    GatewayClient back = scene.onFirst("alice");
    JsonNode ack = back.call(resume(chat, new Position(10, 10L))).at("/chats/" + chat);
    assertThat(ack.get("outcome").asString()).isEqualTo("snapshot");
    assertThat(ack.get("lastSeq").asLong()).isEqualTo(8);
    bob.call(message(chat, "new 9"));
    Received live = back.await("chat:message");
    assertThat(live.number("seq")).isEqualTo(9);
    assertThat(live.text("content")).isEqualTo("new 9");
  }

  private static double rewoundRooms() {
    return GATEWAY.bean(MeterRegistry.class).get("gateway.rooms.rewound").functionCounter().count();
  }

  @Test
  void noticesAQuietRoomByTheComparison() {
    String chat = chatWith(10);

    rewind(chat, 7);

    assertToldToResume(alice);
  }

  @Test
  void answersWhoJoinsWithinASecondAndAsksLittle() {
    String chat = chatWith(60);
    GatewayClient carol = scene.onFirst("carol");
    rewind(chat, 50);

    long before = statements();
    long start = System.nanoTime();
    assertThat(carol.call(join(chat)).get("lastSeq").asLong()).isEqualTo(50);
    assertToldToResume(carol);
    GatewayClient back = scene.onFirst("carol");
    back.call(join(chat));
    bob.call(message(chat, "new"));
    assertThat(back.await("chat:message").number("seq")).isEqualTo(51);
    Duration took = Duration.ofNanos(System.nanoTime() - start);

    assertThat(took).isLessThan(Duration.ofSeconds(1));
    assertToldToResume(alice);
    // The statistics of a connection are told once a second: all of them are, after two.
    await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
    assertThat(statements() - before).isLessThan(200);
  }

  /** Every statement of the gateway's but those of a transaction is one of its own. */
  private static long statements() {
    return DATABASE.number(
        "select xact_commit + xact_rollback from pg_stat_database"
            + " where datname = current_database()");
  }

  @Test
  void answersAPositionPastTheEndWithASnapshot() {
    String chat = chatWith(3);
    for (Position past : List.of(new Position(3, 9L), new Position(4, 3L), new Position(4, null))) {
      JsonNode ack = scene.onFirst("alice").call(resume(chat, past)).at("/chats/" + chat);
      assertThat(ack.get("outcome").asString()).as(past.toString()).isEqualTo("snapshot");
      assertThat(ack.get("lastRev").asLong()).isEqualTo(3);
    }
    GatewayClient since = scene.onFirst("alice");
    assertThat(since.call(new JoinChat(chat, 4L)).get("lastSeq").asLong()).isEqualTo(3);
    bob.call(message(chat, "live"));
    Received live =
        since.assertNothingBefore(
            frame -> says(frame, "live"),
            frame -> frame.isReplayed() || frame.event().matches("chat:(message|replayed)"));
    assertThat(live.isReplayed()).isFalse();
    assertThat(live.number("seq")).isEqualTo(4);
  }

  @Test
  void noticesNotificationsThatWentBackToo() {
    Platform platform = new Platform(GATEWAY);
    for (int i = 1; i <= 5; i++) {
      platform.tell(scene.user("alice"), "n" + i);
    }
    Received last = alice.await(frame -> frame.text("title").equals("n5"), COMPARED);
    DATABASE.run(
        "update notification_counters set last_position = 2, unread = 2 where user_id = '%s'"
            .formatted(scene.user("alice")),
        "delete from notifications where user_id = '%s' and position > 2"
            .formatted(scene.user("alice")));

    platform.tell(scene.user("alice"), "new 3");

    assertToldToResume(alice);
    GatewayClient back = scene.onFirst("alice");
    JsonNode ack = back.call(resumeAfter(last.text("id")));
    assertThat(ack.at("/notifications/outcome").asString()).isEqualTo("snapshot");
    platform.tell(scene.user("alice"), "new 4");
    back.await(frame -> frame.text("title").equals("new 4"), COMPARED);
    assertThat(Platform.titles(back)).containsExactly("new 4");
  }

  @Test
  void streamsGoBackToo() {
    String stream = bob.call(new CreateStream("Launch", null, null)).get("streamId").asString();
    alice.call(new JoinStream(stream));
    for (int seconds = 1; seconds <= 5; seconds++) {
      bob.call(slowMode(stream, seconds));
    }
    alice.await(frame -> frame.number("seconds") == 5, COMPARED);
    DATABASE.run(
        "update streams set last_rev = 2 where id = '%s'".formatted(stream),
        "delete from live_changes where stream_id = '%s' and rev > 2".formatted(stream));

    bob.call(slowMode(stream, 6));

    assertToldToResume(alice);
    GatewayClient back = scene.onFirst("alice");
    JsonNode ack = back.call(resumeStreams(stream));
    assertThat(ack.at("/streams/" + stream + "/outcome").asString()).isEqualTo("joined");
    bob.call(slowMode(stream, 7));
    assertThat(back.await("live:moderate").number("seconds")).isEqualTo(7);
  }

  private static Moderate slowMode(String stream, int seconds) {
    return new Moderate(stream, ModerationAction.SLOW_MODE, null, null, seconds);
  }
}
