package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.protocol.LiveCommand.LeaveStream;
import dev.realtime.gateway.protocol.LiveCommand.SendLiveMessage;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.RedisAdministration;
import dev.realtime.gateway.support.RedisAdministration.Held;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TwoNodes;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams while Redis answers nobody for three seconds. */
@Timeout(60)
class StallIT {

  private static final Duration STALL = Duration.ofSeconds(3);
  private static final Duration LATE = Duration.ofSeconds(10);

  // Its own: a stall would hold up other tests.
  private static final DevelopmentRedis REDIS = DevelopmentRedis.startTemporary();
  private static final RedisAdministration ADMINISTRATION = new RedisAdministration(REDIS);
  private static final TwoNodes NODES =
      TwoNodes.start(Backends.freshDatabase(), REDIS, List.of(), "RATE_LIMITS_ENABLED=false");

  @AutoClose private final Scene scene = NODES.scene();

  private final GatewayClient host = scene.onFirst("host");
  private final GatewayClient near = scene.onFirst("near");
  private final GatewayClient far = scene.onSecond("far");
  private final String stream = stream(host);

  @AfterAll
  static void stop() {
    NODES.close();
    ADMINISTRATION.close();
    REDIS.close();
  }

  private static List<String> heard(GatewayClient client, String event, String field) {
    return client.received().stream()
        .filter(frame -> frame.event().equals(event))
        .map(frame -> frame.text(field))
        .toList();
  }

  @Test
  void deliversOnceAndInOrderWhatWasSaidDuringIt() {
    List.of(host, near, far).forEach(client -> join(client, stream));
    List<String> said = IntStream.range(0, 100).mapToObj(Integer::toString).toList();

    long stalled = System.nanoTime();
    ADMINISTRATION.stall(STALL, Held.WRITE);
    for (String content : said) {
      var _ = host.request(new SendLiveMessage(stream, content, null));
      assertThat(event(content).status()).isEqualTo(202);
    }
    // Behind everything that could come twice.
    var _ = host.request(new SendLiveMessage(stream, "end", null));
    event("end");

    // Who is on the same instance has heard it all while Redis still answers nobody.
    await().atMost(LATE).until(() -> heard(near, "live:message", "content").contains("end"));
    await().atMost(LATE).until(() -> heard(near, "app:coins", "n").contains("end"));
    assertThat(heard(far, "live:message", "content")).isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - stalled)).isLessThan(STALL);
    for (GatewayClient client : List.of(near, far)) {
      await().atMost(LATE).until(() -> heard(client, "live:message", "content").contains("end"));
      await().atMost(LATE).until(() -> heard(client, "app:coins", "n").contains("end"));
      assertThat(heard(client, "live:message", "content")).startsWith(said.toArray(String[]::new));
      assertThat(heard(client, "live:message", "content")).hasSize(101);
      assertThat(heard(client, "app:coins", "n")).startsWith(said.toArray(String[]::new));
      assertThat(heard(client, "app:coins", "n")).hasSize(101);
    }
  }

  private ApiCalls.Answer event(String n) {
    return ApiCalls.call(
        NODES.first(),
        "POST",
        "/api/v1/events",
        """
        {"room": {"kind": "live", "id": "%s"}, "event": "app:coins", "data": {"n": "%s"}}
        """
            .formatted(stream, n));
  }

  @Test
  void servesWhoIsThereAfterItAndReleasesWhoLeft() {
    List.of(host, near, far).forEach(client -> join(client, stream));
    GatewayClient goes = scene.onSecond("goes");
    String gone = "room:user:" + scene.user("goes");
    String cameAndWent = "room:user:" + scene.user("comes");
    assertThat(ADMINISTRATION.channels(gone)).hasSize(1);

    long start = System.nanoTime();
    ADMINISTRATION.stall(STALL, Held.ALL);
    goes.abort();
    far.send(new LeaveStream(stream));
    GatewayClient comes = scene.onSecond("comes");
    // By now whoever waits for Redis has given up, and it still answers nobody.
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> System.nanoTime() - start > Duration.ofMillis(2_300).toNanos());
    comes.abort();
    join(far, stream);

    for (String left : List.of(gone, cameAndWent)) {
      await().atMost(LATE).untilAsserted(() -> assertThat(ADMINISTRATION.channels(left)).isEmpty());
    }
    for (int i = 0; i < 3; i++) {
      String content = "hello " + i;
      assertThat(host.call(new SendLiveMessage(stream, content, null)).has("id")).isTrue();
      await().atMost(LATE).until(() -> heard(far, "live:message", "content").contains(content));
    }
  }
}
