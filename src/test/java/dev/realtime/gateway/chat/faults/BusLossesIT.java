package dev.realtime.gateway.chat.faults;

import static dev.realtime.gateway.support.ApiCalls.call;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.bus.SilencedBus;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.FaultyLink;
import dev.realtime.gateway.support.RedisAdministration;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lasting changes that the bus loses as the last of their room, and how soon they arrive. */
@Timeout(120)
class BusLossesIT {

  private static void awaitMessage(GatewayClient client, String content, Duration within) {
    var _ =
        client.await(
            frame -> frame.event().equals("chat:message") && content.equals(frame.text("content")),
            within);
  }

  private static String joinedBy(GatewayClient alice, GatewayClient bob, Scene scene) {
    String chat = scene.group(alice, "bob");
    alice.call(join(chat));
    bob.call(join(chat));
    return chat;
  }

  private static TestGateway start(String database, DevelopmentRedis redis, FaultyLink link) {
    return TestGateway.start(database, redis, "REDIS_PORT=" + link.port());
  }

  private static void awaitHealth(TestGateway gateway, String status, Duration within) {
    await()
        .atMost(within)
        .until(
            () -> call(gateway, "GET", "/actuator/health/bus", null).body().get("status"),
            actual -> actual.asString().equals(status));
  }

  @Test
  void areBroughtWithinTwoSecondsIfOneMessageIsLost() {
    String database = Backends.freshDatabase();
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        FaultyLink link = new FaultyLink(redis.port());
        var first = start(database, redis, link);
        var second = TestGateway.start(database, redis);
        var scene = new Scene(first, second)) {
      GatewayClient alice = scene.onFirst("alice");
      GatewayClient bob = scene.onSecond("bob");
      String chat = joinedBy(alice, bob, scene);
      alice.call(message(chat, "heard"));
      awaitMessage(bob, "heard", GatewayClient.DEADLINE);

      String channel = RoomId.chat(chat).channel();
      // More than once, as it may happen to be the moment at which all rooms are compared.
      for (String content : List.of("lost", "lost too", "lost as well")) {
        link.misspell("PUBLISH\r\n$" + channel.length() + "\r\n" + channel);
        alice.call(message(chat, content));

        awaitMessage(bob, content, Duration.ofMillis(2_500));
        assertThat(link.hasMisspelt()).isTrue();
      }
    }
  }

  /** As if it were killed between its commit and the message on the bus. */
  @Test
  void areBroughtSoonIfTheirInstanceDiesBeforeItPublishes() {
    String database = Backends.freshDatabase();
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        var second = TestGateway.start(database, redis)) {
      GatewayClient bob;
      try (var first = TestGateway.start(database, redis, List.of(SilencedBus.class));
          var scene = new Scene(first, second)) {
        GatewayClient alice = scene.onFirst("alice");
        bob = second.connect(scene.user("bob"));
        String chat = scene.group(alice, "bob");
        bob.call(join(chat));
        SilencedBus.silent = true;
        alice.call(message(chat, "committed"));
      } finally {
        SilencedBus.silent = false;
      }

      awaitMessage(bob, "committed", Duration.ofMillis(5_500));
    }
  }

  @Test
  void areBroughtOnceRedisIsBackThatHadVanished() {
    String database = Backends.freshDatabase();
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        FaultyLink link = new FaultyLink(redis.port());
        var first = start(database, redis, link);
        var second = TestGateway.start(database, redis);
        var scene = new Scene(first, second)) {
      GatewayClient alice = scene.onFirst("alice");
      GatewayClient bob = scene.onSecond("bob");
      String chat = joinedBy(alice, bob, scene);
      awaitHealth(first, "UP", GatewayClient.DEADLINE);
      link.swallow();
      long start = System.nanoTime();
      awaitHealth(first, "DEGRADED", Duration.ofMillis(4_700));
      await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> System.nanoTime() - start > Duration.ofSeconds(10).toNanos());
      alice.call(message(chat, "from behind"));
      bob.call(message(chat, "from outside"));
      link.heal();

      Duration soon = Duration.ofSeconds(3);
      awaitMessage(alice, "from outside", soon);
      awaitMessage(bob, "from behind", soon);
      awaitHealth(first, "UP", soon);
      alice.call(message(chat, "as before"));
      awaitMessage(bob, "as before", Duration.ofSeconds(1));
    }
  }

  /** A replica accepts messages and passes none of them on, though it brings those of others. */
  @Test
  void areSentToTheMasterOnceNobodyHearsAnInstance() {
    String database = Backends.freshDatabase();
    try (DevelopmentRedis master = DevelopmentRedis.startTemporary();
        DevelopmentRedis replica = DevelopmentRedis.startTemporary();
        RedisAdministration administration = new RedisAdministration(replica);
        FaultyLink link = new FaultyLink(master.port());
        var first = start(database, master, link);
        var second = TestGateway.start(database, master);
        var scene = new Scene(first, second)) {
      GatewayClient alice = scene.onFirst("alice");
      GatewayClient bob = scene.onSecond("bob");
      String chat = joinedBy(alice, bob, scene);
      administration.replicate(master);
      link.leadTo(replica.port());
      link.cutAll();
      awaitHealth(first, "DEGRADED", Duration.ofSeconds(12));
      link.leadTo(master.port());

      awaitHealth(first, "UP", Duration.ofSeconds(20));
      alice.call(message(chat, "to the master"));
      awaitMessage(bob, "to the master", Duration.ofSeconds(1));
    }
  }
}
