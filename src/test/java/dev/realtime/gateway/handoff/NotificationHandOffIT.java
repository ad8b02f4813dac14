package dev.realtime.gateway.handoff;

import static dev.realtime.gateway.support.Commands.resumeAfter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.notification.Platform;
import dev.realtime.gateway.protocol.NotificationCommand.AcknowledgeNotifications;
import dev.realtime.gateway.protocol.NotificationCommand.ReadNotification;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.TwoNodes;
import dev.realtime.gateway.support.WebhookReceiver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What no device took is left to the platform, once; two nodes and a real receiver. */
@Timeout(90)
class NotificationHandOffIT {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Queue<JsonNode> RECEIVED = new ConcurrentLinkedQueue<>();

  private static @Nullable HttpServer receiver;
  private static @Nullable TwoNodes nodes;

  @AutoClose private final Scene scene = Objects.requireNonNull(nodes).scene();

  private final Platform platform = new Platform(scene.first());
  private final String alice = scene.user("alice");
  private final String guard = scene.user("guard");

  @BeforeAll
  static void start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/hook",
        exchange -> {
          RECEIVED.add(WireJson.mapper().readTree(exchange.getRequestBody().readAllBytes()));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    receiver = server;
    nodes =
        TwoNodes.start(
            "WEBHOOK_URL=http://127.0.0.1:" + server.getAddress().getPort() + "/hook",
            "WEBHOOK_SECRET=" + WebhookReceiver.SECRET,
            "WEBHOOK_EVENTS=notification.undelivered",
            "WEBHOOK_UNDELIVERED_AFTER=2s");
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(nodes).close();
    Objects.requireNonNull(receiver).stop(0);
  }

  private static List<String> handedOff(String userId) {
    return RECEIVED.stream()
        .filter(event -> event.get("subject").asString().equals(userId))
        .map(event -> event.at("/data/title").asString())
        .toList();
  }

  /** One told later to somebody offline is handed off: what was due before it has been, too. */
  private void awaitDue() {
    platform.tell(guard, "guard");
    await().atMost(SOON).untilAsserted(() -> assertThat(handedOff(guard)).hasSize(1));
  }

  @Test
  void handsOffOnceWhatNobodyTook() {
    platform.tell(List.of(alice), "missed", ", \"data\": {\"orderId\": \"4711\"}");
    platform.tell(alice, "missed too");
    awaitDue();

    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(handedOff(alice)).containsExactlyInAnyOrder("missed", "missed too"));
    JsonNode event =
        RECEIVED.stream()
            .filter(one -> one.get("subject").asString().equals(alice))
            .filter(one -> one.at("/data/title").asString().equals("missed"))
            .findFirst()
            .orElseThrow();
    assertThat(event.get("type").asString()).isEqualTo("notification.undelivered");
    assertThat(event.at("/data/userId").asString()).isEqualTo(alice);
    assertThat(event.at("/data/data/orderId").asString()).isEqualTo("4711");
    assertThat(Instant.parse(event.at("/data/createdAt").asString())).isBefore(Instant.now());
  }

  @Test
  void countsAnsweredPingsAsTaken() {
    GatewayClient phone = scene.onSecond("alice");
    platform.tell(alice, "taken");
    phone.await("notification");
    awaitDue();

    assertThat(handedOff(alice)).isEmpty();
  }

  @Test
  void countsAReplayAsTakenTheSameWay() {
    GatewayClient phone = scene.onFirst("alice");
    platform.tell(alice, "taken");
    String id = phone.await("notification").text("id");
    phone.call(new AcknowledgeNotifications(List.of(id)));
    phone.abort();
    platform.tell(alice, "replayed");
    GatewayClient back = scene.onSecond("alice");
    back.call(resumeAfter(id));
    back.await("notification");
    awaitDue();

    assertThat(handedOff(alice)).isEmpty();
  }

  /** The real receipt is written last, so that the others would have been written before. */
  @Test
  void takesNoPongThatAnswersNoPing() {
    platform.tell(alice, "missed");
    platform.tell(alice, "missed too");
    try (RawSocket socket = connect("alice")) {
      sendPongs(socket, 100_000);
      platform.tell(alice, "taken");
      RawFrame ping = pingBehindTheNotification(socket);
      socket.send(RawFrame.of(RawFrame.PONG, ping.payload()));
      socket.sendText("{\"event\":\"session:ping\",\"id\":\"1\",\"data\":{}}");
      socket.awaitText("\"ack\"", SOON);
      awaitDue();

      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(handedOff(alice)).containsExactlyInAnyOrder("missed", "missed too"));
    }
  }

  /** A client that may answer only the latest ping has still received what came before it. */
  @Test
  void countsOnePongForAllPingsBeforeIt() {
    try (RawSocket socket = connect("alice")) {
      platform.tell(alice, "first");
      pingBehindTheNotification(socket);
      platform.tell(alice, "second");
      RawFrame ping = pingBehindTheNotification(socket);
      socket.send(RawFrame.of(RawFrame.PONG, ping.payload()));
      awaitDue();

      assertThat(handedOff(alice)).isEmpty();
    }
  }

  /** Sends pongs for the positions from 0 on, a thousand in one write. */
  private static void sendPongs(RawSocket socket, int pongs) {
    for (int first = 0; first < pongs; first += 1_000) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (int i = 0; i < 1_000; i++) {
        byte[] payload = ByteBuffer.allocate(Long.BYTES).putLong(first + i).array();
        bytes.writeBytes(RawFrame.of(RawFrame.PONG, payload).bytes());
      }
      socket.write(bytes.toByteArray());
    }
  }

  @Test
  void handsOffWhatGoesToWhoAnswersNothing() {
    try (RawSocket silent = connect("alice");
        RawSocket acknowledging = connect("bob");
        RawSocket reading = connect("carol")) {
      platform.tell(List.of(alice, scene.user("bob"), scene.user("carol")), "told", "");
      RawFrame ping = pingBehindTheNotification(silent);
      assertThat(ping.payload()).hasSize(Long.BYTES);
      answer(
          acknowledging,
          "{\"event\":\"notification:ack\",\"id\":\"1\",\"data\":{\"ids\":[\"%s\"]}}");
      answer(reading, "{\"event\":\"notification:read\",\"id\":\"1\",\"data\":{\"id\":\"%s\"}}");
      awaitDue();

      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(handedOff(alice)).containsExactly("told"));
      assertThat(handedOff(scene.user("bob"))).isEmpty();
      assertThat(handedOff(scene.user("carol"))).isEmpty();
    }
  }

  private RawSocket connect(String name) {
    RawSocket socket =
        RawSocket.connect(scene.second().socket(), TestGateway.token(scene.user(name)));
    socket.awaitText("session:welcome", SOON);
    return socket;
  }

  private static RawFrame pingBehindTheNotification(RawSocket socket) {
    socket.awaitText("\"event\":\"notification\"", SOON);
    return socket.awaitPing(SOON);
  }

  private static void answer(RawSocket socket, String command) {
    String push = socket.awaitText("\"event\":\"notification\"", SOON);
    String id = WireJson.mapper().readTree(push).at("/data/id").asString();
    socket.sendText(command.formatted(id));
    socket.awaitText("\"ack\"", SOON);
  }

  @Test
  void sparesWhatTheUserHasReadWithAllOthers() {
    platform.tell(alice, "missed");
    JsonNode ack = scene.onSecond("alice").call(new ReadNotification(null, true));
    awaitDue();

    assertThat(ack.get("unread").asLong()).isZero();
    assertThat(handedOff(alice)).isEmpty();
  }

  /** As when the platform switches the webhook on again after months. */
  @Test
  void sparesWhatHasBeenDueForTooLong() {
    Database database = scene.first().bean(Database.class);
    database
        .sql(
            "insert into notification_counters (user_id, last_position, unread) values (:user, 2,"
                + " 2)")
        .bind("user", alice)
        .then()
        .then(
            database
                .sql(
                    """
                    insert into notifications (id, user_id, position, type, title, message,
                                               created_at, hand_off_at)
                    select gen_random_uuid(), :user, n, 't', n || ' h', 'm', now(),
                           now() - n * interval '1 h'
                    from unnest(array[23, 25]) n
                    """)
                .bind("user", alice)
                .then())
        .block(SOON);
    awaitDue();

    await().atMost(SOON).untilAsserted(() -> assertThat(handedOff(alice)).containsExactly("23 h"));
    assertThat(
            database
                .sql(
                    "select id from notifications where user_id = :user and hand_off_at is not"
                        + " null")
                .bind("user", alice)
                .map(row -> row.id("id"))
                .list()
                .block(SOON))
        .isEmpty();
  }

  @Test
  void sparesTheReplacedAndTheExpired() {
    String soon = Instant.now().plusSeconds(1).toString();
    platform.tell(List.of(alice), "over", ", \"expiresAt\": \"" + soon + "\"");
    platform.tell(List.of(alice), "older", ", \"collapseKey\": \"k\"");
    platform.tell(List.of(alice), "newer", ", \"collapseKey\": \"k\"");
    awaitDue();

    await().atMost(SOON).untilAsserted(() -> assertThat(handedOff(alice)).containsExactly("newer"));
  }
}
