package dev.realtime.gateway.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.RedisAdministration;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that break while they authenticate leave nothing behind, and lock nobody out. */
@Timeout(90)
class BrokenConnectIT {

  private static final int BREAKS = 500;

  private static String authentication(String userId) {
    return "{\"event\":\"session:auth\",\"id\":\"1\",\"data\":{\"token\":\""
        + TestGateway.token(userId)
        + "\"}}";
  }

  private static void breakDuringAuthentication(TestGateway gateway, String userId, long nanos) {
    RawSocket socket = RawSocket.connect(gateway.socket(), Map.of());
    socket.sendText(authentication(userId));
    LockSupport.parkNanos(nanos);
    socket.reset();
  }

  @Test
  void leavesNoRoomAndNoSubscriptionBehind() {
    Random random = new Random(1);
    try (TestGateway gateway = TestGateway.start("RATE_LIMITS_ENABLED=false");
        RedisAdministration administration = new RedisAdministration(Backends.redis())) {
      RoomRegistry rooms = gateway.bean(RoomRegistry.class);
      int before = rooms.size();
      for (int i = 0; i < BREAKS; i++) {
        breakDuringAuthentication(gateway, "breaks-" + i, random.nextInt(5_000_000));
      }

      await()
          .atMost(Duration.ofSeconds(15))
          .untilAsserted(() -> assertThat(rooms.size()).as("rooms").isEqualTo(before));
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() ->
              assertThat(administration.channels("room:user:breaks-*"))
                  .as("subscriptions")
                  .isEmpty());
    }
  }

  @Test
  void locksNobodyOutAfterAFailureOfTheDatabase() {
    TestDatabase database = TestDatabase.fresh();
    try (TestGateway gateway = TestGateway.start(database.url(), Backends.redis())) {
      gateway.connect("somebody").close();
      database.shut();
      try {
        List.of(0, 1, 5, 20, 100)
            .forEach(millis -> breakDuringAuthentication(gateway, "unlucky", millis * 1_000_000L));
      } finally {
        database.admit();
      }

      await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .untilAsserted(() -> {
            try (GatewayClient client = gateway.connect("unlucky")) {
              assertThat(client.connectionId()).isNotEmpty();
            }
          });
    }
  }
}
