package dev.realtime.gateway.session.outage;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.dev.DevelopmentPostgres;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.React;
import dev.realtime.gateway.protocol.LiveCommand.SendLiveMessage;
import dev.realtime.gateway.protocol.SessionCommand.Resume;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What commands are answered while PostgreSQL is down. */
@Timeout(120)
class OutageCommandsIT {

  private static final int QUEUED = 20;
  private static final Duration BACK = Duration.ofSeconds(40);

  private static void awaitState(GatewayClient client, String state) {
    client.await(
        frame -> frame.event().equals("session:state") && frame.text("state").equals(state), BACK);
  }

  @Test
  void answersQueuedCommandsAtOnceAndCarriesStreamsOn() {
    try (DevelopmentPostgres postgres = DevelopmentPostgres.startTemporary();
        var gateway = TestGateway.start(postgres.databaseUrl(), Backends.redis());
        var log = new LogCapture();
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      GatewayClient bob = scene.onFirst("bob");
      String chat = scene.group(alice, "bob");
      bob.call(join(chat));
      String stream = alice.call(new CreateStream("Launch", null, null)).get("streamId").asString();
      alice.call(new JoinStream(stream));
      String unknown = alice.call(new CreateStream("Later", null, null)).get("streamId").asString();

      postgres.kill();
      awaitState(alice, "degraded");
      List<Received> answers = queue(alice, chat);

      assertThat(answers).allMatch(answer -> answer.text("code").equals("unavailable"));
      List<Long> pauses = answers.stream().map(answer -> answer.number("retryAfterMs")).toList();
      assertThat(pauses).allMatch(pause -> pause > 0);
      assertThat(pauses.stream().distinct().count()).as("spread").isGreaterThan(QUEUED / 2);
      GatewayClient carol = scene.onFirst("carol");
      assertThat(carol.call(new JoinStream(stream)).get("title").asString()).isEqualTo("Launch");
      carol.call(new SendLiveMessage(stream, "during", null));
      assertThat(alice.await("live:message").text("content")).isEqualTo("during");
      carol.call(new React(stream, "👍"));
      alice.await("live:reaction");
      GatewayClient dave = scene.onFirst("dave");
      assertThat(
              dave.call(new Resume(null, Map.of(), List.of(stream), null))
                  .at("/streams/" + stream + "/outcome")
                  .asString())
          .isEqualTo("joined");

      assertThat(dave.refusal(new JoinStream(unknown)).code()).isEqualTo("unavailable");
      assertThat(log.lines()).noneMatch(line -> line.contains("caffeine"));

      postgres.restart();
      for (GatewayClient each : List.of(alice, bob, carol, dave)) {
        awaitState(each, "ok");
      }
      assertThat(alice.call(message(chat, "after")).get("seq").asLong()).isEqualTo(1);
      assertThat(bob.await("chat:message").text("content")).isEqualTo("after");
    }
  }

  private static List<Received> queue(GatewayClient client, String chat) {
    long start = System.nanoTime();
    IntStream.range(0, QUEUED)
        .forEach(i ->
            client.sendText(
                "{\"event\":\"chat:message\",\"id\":\"q%d\",\"data\":{\"chatId\":\"%s\",\"content\":\"x\",\"tempId\":\"t%d\"}}"
                    .formatted(i, chat, i)));
    List<Received> answers =
        IntStream.range(0, QUEUED)
            .mapToObj(_ -> client.await(Received::isReply, Duration.ofSeconds(10)))
            .toList();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    return answers;
  }

  /**
   * After the return one may resume notifications before the session is told so, and never hangs.
   */
  @Test
  void answersResumesOfNotificationsWhateverTheMoment() {
    try (DevelopmentPostgres postgres = DevelopmentPostgres.startTemporary();
        var gateway = TestGateway.start(postgres.databaseUrl(), Backends.redis());
        var scene = new Scene(gateway, gateway)) {
      GatewayClient before = scene.onFirst("resident");
      postgres.kill();
      awaitState(before, "degraded");
      GatewayClient visitor = scene.onFirst("visitor");
      Resume resume = new Resume(null, Map.of(), null, "0195f3a1-7b00-7000-8000-0000000000aa");
      assertThat(visitor.refusal(resume).code()).isEqualTo("unavailable");

      postgres.restart();
      await()
          .atMost(BACK)
          .ignoreExceptionsInstanceOf(RefusedException.class)
          .pollInterval(Duration.ofMillis(50))
          .until(() -> outcome(visitor, resume).equals("snapshot"));
    }
  }

  private static String outcome(GatewayClient client, Resume resume) {
    return client.call(resume).at("/notifications/outcome").asString();
  }

  /** An instance that stops in an outage sends its clients away for long enough. */
  @Test
  void sendsAwayForLongerWhileInTrouble() {
    try (DevelopmentPostgres postgres = DevelopmentPostgres.startTemporary()) {
      List<GatewayClient> clients;
      try (var gateway = TestGateway.start(postgres.databaseUrl(), Backends.redis())) {
        clients = IntStream.range(0, 20).mapToObj(i -> gateway.connect("u" + i)).toList();
        postgres.kill();
        clients.forEach(client -> awaitState(client, "degraded"));
      }

      List<Long> waits =
          clients.stream().map(client -> client.await("session:bye").number("afterMs")).toList();
      assertThat(waits).allMatch(wait -> wait >= 1_000);
      assertThat(waits.stream().distinct().count()).as("spread").isGreaterThan(10);
    }
  }
}
