package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.say;
import static dev.realtime.gateway.live.LiveScene.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.PackagedGateway;
import dev.realtime.gateway.support.TestGateway;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar dies by {@code kill -9} under live traffic. */
@Timeout(240)
class KilledViewersIT {

  private static final int EACH = 20;
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private Path folder;

  private final List<GatewayClient> clients = new ArrayList<>();

  private GatewayClient on(URI socket, String user) {
    GatewayClient client =
        GatewayClient.builder(socket)
            .token(TestGateway.token(user))
            .connect(GatewayClient.DEADLINE);
    client.welcome();
    clients.add(client);
    return client;
  }

  private static boolean lastCountIs(GatewayClient client, long truth) {
    return client.received().stream()
        .filter(frame -> frame.event().equals("live:viewer-count"))
        .reduce((_, last) -> last)
        .map(Received::data)
        .filter(data -> data.get("count").asLong() == truth)
        .isPresent();
  }

  @Test
  void takesItsViewersAwayWithinFifteenSecondsAndTheStreamGoesOn() throws Exception {
    String database = Backends.freshDatabase();
    try (PackagedGateway victim = new PackagedGateway(database, "256m", folder);
        TestGateway survivor = TestGateway.start(database, Backends.redis())) {
      victim.ready();
      URI doomed = victim.socket();
      GatewayClient host = on(survivor.socket(), "host");
      String stream = stream(host);
      join(host, stream);
      for (int i = 0; i < EACH; i++) {
        join(on(survivor.socket(), "here" + i), stream);
        join(on(doomed, "there" + i), stream);
      }
      await().atMost(Duration.ofSeconds(5)).until(() -> lastCountIs(host, 2 * EACH + 1));
      say(clients.get(2), stream, "from the one that dies");
      assertThat(host.await("live:message").text("content")).isEqualTo("from the one that dies");

      victim.kill();
      long died = System.nanoTime();
      say(host, stream, "still here");

      await().atMost(Duration.ofSeconds(15)).until(() -> lastCountIs(host, EACH + 1));
      assertThat(Duration.ofNanos(System.nanoTime() - died)).isLessThan(Duration.ofSeconds(15));
      assertThat(
              clients
                  .get(1)
                  .await(f -> f.text("content").equals("still here"), SOON)
                  .text("userId"))
          .isEqualTo("host");
      // Half of them come back, to the other instance.
      for (int i = 0; i < EACH / 2; i++) {
        join(on(survivor.socket(), "there" + i), stream);
      }
      await().atMost(Duration.ofSeconds(5)).until(() -> lastCountIs(host, EACH + 1 + EACH / 2));
    } finally {
      clients.forEach(GatewayClient::abort);
    }
  }
}
