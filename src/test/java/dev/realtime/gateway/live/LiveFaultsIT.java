package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.moderate;
import static dev.realtime.gateway.live.LiveScene.onMessage;
import static dev.realtime.gateway.live.LiveScene.say;
import static dev.realtime.gateway.live.LiveScene.status;
import static dev.realtime.gateway.live.LiveScene.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.FaultyBus;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.SendLiveMessage;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TwoNodes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Streams while the bus loses, or the database is away. */
@Timeout(90)
class LiveFaultsIT {

  /** The comparison with the database, and some time for it. */
  private static final Duration LATE = Duration.ofSeconds(17);

  private static final TestDatabase DATABASE = TestDatabase.fresh();

  @AutoClose
  private static final TwoNodes NODES =
      TwoNodes.start(DATABASE.url(), Backends.redis(), List.of(FaultyBus.class));

  @AutoClose private final Scene scene = NODES.scene();

  private final GatewayClient host = scene.onFirst("host");
  private final GatewayClient viewer = scene.onSecond("viewer");
  private final GatewayClient guest = scene.onSecond("guest");
  private final String stream = stream(host);

  @BeforeEach
  void mend() {
    FaultyBus.mode = FaultyBus.Mode.SOUND;
    join(host, stream);
    join(viewer, stream);
    join(guest, stream);
  }

  private static List<String> lasting(GatewayClient client) {
    return client.received().stream()
        .filter(frame ->
            frame.event().equals("live:status")
                || (frame.event().equals("live:moderate") && !frame.data().has("userId")))
        .map(LiveFaultsIT::brief)
        .toList();
  }

  private static String brief(Received frame) {
    return frame.text(frame.event().equals("live:status") ? "status" : "action");
  }

  @Test
  void bringsStatusBansAndOrderThatTheBusLostWithinFifteenSeconds() {
    FaultyBus.mode = FaultyBus.Mode.LOSING_ALL;
    host.call(status(stream, StreamStatus.STARTED));
    host.call(moderate(stream, ModerationAction.BAN, scene.user("guest"), null));
    host.call(moderate(stream, ModerationAction.SLOW_MODE, null, 5));
    host.call(status(stream, StreamStatus.ENDED));

    await().atMost(LATE).until(() -> lasting(viewer).contains("ended"));
    await().atMost(LATE).until(() -> lasting(host).contains("ended"));

    assertThat(lasting(viewer)).containsExactly("started", "slow_mode", "ended");
    assertThat(lasting(host)).containsExactly("started", "slow_mode", "ended");
    assertThat(lasting(guest)).as("put out between the two").containsExactly("started");
  }

  @Test
  void tellsEverybodyOfEveryChangeOnceAndInOrder() {
    FaultyBus.mode = FaultyBus.Mode.FAULTY;
    for (int i = 1; i <= 40; i++) {
      host.call(moderate(stream, ModerationAction.SLOW_MODE, null, i));
    }

    for (GatewayClient each : List.of(host, viewer)) {
      await().atMost(LATE).until(() -> lasting(each).size() >= 40);
      assertThat(
              each.received().stream()
                  .filter(frame -> frame.event().equals("live:moderate"))
                  .map(frame -> frame.number("seconds")))
          .isEqualTo(java.util.stream.LongStream.rangeClosed(1, 40).boxed().toList());
    }
  }

  /** More readers than the pool has connections, and each of them waits for a lock. */
  @Test
  void answersEveryJoinThoughNobodyCanReadMessages() {
    List<String> others =
        IntStream.range(0, 30)
            .mapToObj(_ -> host.call(new CreateStream("Other", null, null)).get("streamId"))
            .map(JsonNode::asString)
            .toList();
    List<GatewayClient> joiners =
        IntStream.range(0, others.size()).mapToObj(i -> scene.onSecond("joiner" + i)).toList();
    long asked = System.nanoTime();
    try (TestDatabase.Lock _ = DATABASE.hold("lock table live_messages in access exclusive mode")) {
      List<Future<Boolean>> joins =
          IntStream.range(0, others.size())
              .mapToObj(i -> scene.beside(() -> answered(joiners.get(i), others.get(i))))
              .toList();
      joins.forEach(Scene::finish);
    }

    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(12));
  }

  private static boolean answered(GatewayClient client, String other) {
    try {
      client.call(new JoinStream(other));
      return true;
    } catch (RefusedException refused) {
      assertThat(refused.retryable()).isTrue();
      return false;
    }
  }

  /** Ten seconds is how long a stream is fresh: after that nobody waits for the database either. */
  @Test
  void carriesChatOnWhileTheDatabaseIsDown() {
    say(viewer, stream, "before");
    DATABASE.shut();
    try {
      long away = System.nanoTime();
      await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(500))
          .until(() -> {
            long asked = System.nanoTime();
            assertThat(viewer.call(new SendLiveMessage(stream, "during", null)).has("id")).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - asked))
                .isLessThan(Duration.ofSeconds(2));
            return Duration.ofNanos(System.nanoTime() - away).toSeconds() >= 12;
          });
    } finally {
      DATABASE.admit();
    }
    assertThat(host.await("live:message").text("content")).isEqualTo("before");
    assertThat(host.await("live:message").text("content")).isEqualTo("during");
  }

  /** Anybody can invent the id of a message; the gateway looks for it only where that may help. */
  @Test
  void refusesWhoMayNotModerateWithoutALockOrALookForTheMessage() {
    String invented = Identifiers.next().toString();
    try (TestDatabase.Lock _ = DATABASE.lock("streams where id = '" + stream + "'");
        TestDatabase.Lock _ = DATABASE.hold("lock table live_messages in access exclusive mode")) {
      for (ModerationAction action : List.of(ModerationAction.PIN, ModerationAction.DELETE)) {
        assertThat(viewer.refusal(onMessage(stream, action, invented)).code())
            .isEqualTo("forbidden");
      }
    }
  }

  @Test
  void delaysOnlyTheMessagesOfAStreamWhoseRowIsHeld() {
    String other = stream(host);
    join(host, other);
    try (TestDatabase.Lock _ = DATABASE.lock("streams where id = '" + stream + "'")) {
      say(host, stream, "held up");
      say(host, other, "not held up");
      await()
          .atMost(Duration.ofSeconds(3))
          .until(() -> DATABASE.count("live_messages where content = 'not held up'") == 1);
    }
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> DATABASE.count("live_messages where content = 'held up'") == 1);
  }
}
