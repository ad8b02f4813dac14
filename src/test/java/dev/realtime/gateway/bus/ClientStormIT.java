package dev.realtime.gateway.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.RedisAdministration;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real clients that come together and go together. */
@Timeout(120)
class ClientStormIT {

  private static final int STORMS = Integer.getInteger("gateway.storms", 5);
  private static final int CLIENTS = 100;

  @Test
  void leavesNeitherChannelsNorRooms() throws Exception {
    // Its own: channels of other tests would be taken for leaks.
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        TestGateway gateway = TestGateway.start(Backends.freshDatabase(), redis);
        RedisAdministration administration = new RedisAdministration(redis)) {
      for (int storm = 0; storm < STORMS; storm++) {
        comeAndGo(gateway);
      }

      await()
          .atMost(Duration.ofSeconds(15))
          .untilAsserted(() -> {
            assertThat(administration.channels("room:user:*")).isEmpty();
            assertThat(gateway.bean(RoomRegistry.class).size()).isZero();
          });
    }
  }

  private static void comeAndGo(TestGateway gateway) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> visits = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        // Some users have two connections.
        String user = "storm-" + i % (CLIENTS * 3 / 4);
        boolean politely = i % 2 == 0;
        visits.add(threads.submit(() -> visit(gateway, user, politely)));
      }
      for (Future<?> visit : visits) {
        visit.get(60, TimeUnit.SECONDS);
      }
    }
  }

  private static void visit(TestGateway gateway, String user, boolean politely) {
    GatewayClient client = gateway.connect(user);
    if (politely) {
      client.close();
    } else {
      client.abort();
    }
  }
}
