package dev.realtime.gateway.session.outage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.dev.DevelopmentPostgres;
import dev.realtime.gateway.notification.Platform;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who comes while PostgreSQL is down is let in, and gets what lasts when it is back. */
@Timeout(150)
class OutageVisitorsIT {

  private static final int VISITORS = 300;
  private static final Duration OBSERVED = Duration.ofSeconds(20);
  private static final Duration BACK = Duration.ofSeconds(40);
  private static final List<String> TITLES = List.of("first", "second", "third");

  private static List<String> events(List<Received> frames, String event, String field) {
    return frames.stream()
        .filter(frame -> frame.event().equals(event))
        .map(frame -> frame.text(field))
        .toList();
  }

  private static List<String> states(GatewayClient client) {
    return events(client.received(), "session:state", "state");
  }

  private static void push(TestGateway gateway, String userId) {
    String body =
        "{\"userId\": \"%s\", \"event\": \"app:coins\", \"data\": {\"amount\": 1}}"
            .formatted(userId);
    assertThat(ApiCalls.call(gateway, "POST", "/api/v1/events", body).status()).isEqualTo(202);
  }

  @Test
  void letsEveryoneInAndBringsWhatLastsAfterwards() throws Exception {
    try (DevelopmentPostgres postgres = DevelopmentPostgres.startTemporary();
        var gateway = TestGateway.start(postgres.databaseUrl(), Backends.redis());
        var log = new LogCapture();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        GatewayClient resident = gateway.connect("resident")) {
      List<PersistentVisitor> visitors =
          IntStream.range(0, VISITORS)
              .mapToObj(i -> new PersistentVisitor(gateway, "visitor-" + i))
              .toList();
      postgres.kill();
      assertThat(resident.await("session:state").text("state")).isEqualTo("degraded");

      long end = System.nanoTime() + OBSERVED.toNanos();
      visitors.forEach(visitor -> threads.execute(() -> visitor.stayUntil(end)));
      await()
          .atMost(OBSERVED)
          .untilAsserted(() ->
              assertThat(visitors)
                  .allMatch(
                      visitor -> !events(visitor.received(), "session:state", "state").isEmpty()));
      visitors.stream().limit(20).forEach(visitor -> push(gateway, visitor.userId()));
      visitors.stream().limit(20).forEach(visitor -> visitor.client().await("app:coins"));
      await().atMost(OBSERVED.plusSeconds(5)).until(() -> System.nanoTime() - end > 0);

      assertThat(visitors)
          .allSatisfy(visitor -> {
            assertThat(visitor.attempts()).isLessThanOrEqualTo(2);
            assertThat(visitor.received().stream().map(Received::event).limit(2))
                .containsExactly("session:welcome", "session:state");
            assertThat(visitor.client().welcome().get("epoch"))
                .isEqualTo(resident.welcome().get("epoch"));
          });
      postgres.restart();
      Platform platform = new Platform(gateway);
      List<String> userIds = visitors.stream().map(PersistentVisitor::userId).toList();
      for (String title : TITLES) {
        await()
            .atMost(BACK)
            .ignoreExceptionsMatching(AssertionError.class::isInstance)
            .until(() -> {
              platform.tell(userIds, title, "");
              return true;
            });
      }

      await()
          .atMost(BACK)
          .untilAsserted(() ->
              assertThat(visitors)
                  .allSatisfy(visitor ->
                      assertThat(Platform.titles(visitor.client()))
                          .containsExactlyElementsOf(TITLES)));
      await()
          .atMost(BACK)
          .untilAsserted(() ->
              assertThat(clients(resident, visitors))
                  .allMatch(client -> states(client).equals(List.of("degraded", "ok"))));
      assertThat(clients(resident, visitors))
          .noneMatch(client ->
              client.received().stream().anyMatch(frame -> frame.raw().contains("\"internal\"")));
      assertThat(log.lines())
          .as("no line for each of them")
          .noneMatch(line ->
              line.matches("(?s)(WARN|ERROR) dev\\.realtime\\.gateway\\.(socket|session)\\..*"));
      visitors.forEach(PersistentVisitor::close);
    }
  }

  private static List<GatewayClient> clients(
      GatewayClient resident, List<PersistentVisitor> visitors) {
    return Stream.concat(Stream.of(resident), visitors.stream().map(PersistentVisitor::client))
        .toList();
  }

  /** A server that answers nothing is as good as none, though its port is open. */
  @Test
  void letsInWhileTheServerIsStopped() {
    try (DevelopmentPostgres postgres = DevelopmentPostgres.startTemporary();
        var gateway = TestGateway.start(postgres.databaseUrl(), Backends.redis());
        GatewayClient resident = gateway.connect("resident")) {
      GatewayClient early;
      GatewayClient visitor;
      try (TestDatabase.Stopped _ = TestDatabase.of(postgres.databaseUrl()).stopServer()) {
        early = welcomedWithin(Duration.ofSeconds(5), gateway, "early");
        push(gateway, "early");
        early.await("app:coins");
        assertThat(resident.await("session:state", Duration.ofSeconds(20)).text("state"))
            .isEqualTo("degraded");
        visitor = welcomedWithin(Duration.ofSeconds(3), gateway, "visitor");
        push(gateway, "visitor");
        visitor.await("app:coins");
      }
      for (GatewayClient each : List.of(early, visitor)) {
        assertThat(each.await("session:state").text("state")).isEqualTo("degraded");
        assertThat(each.await("session:state", BACK).text("state")).isEqualTo("ok");
      }
      new Platform(gateway).tell(List.of("early", "visitor"), "after", "");
      for (GatewayClient each : List.of(early, visitor)) {
        assertThat(each.await("notification").text("title")).isEqualTo("after");
        each.close();
      }
    }
  }

  private static GatewayClient welcomedWithin(Duration limit, TestGateway gateway, String userId) {
    long start = System.nanoTime();
    GatewayClient client = gateway.connect(userId);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(limit);
    return client;
  }
}
