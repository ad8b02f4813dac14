package dev.realtime.gateway.chat.faults;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.member;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is brought into a chat, or put out of one, while the bus is down. */
@Timeout(90)
class MissedMembershipsIT {

  private static final Duration SOON = Duration.ofSeconds(8);

  private static Received change(GatewayClient client, String chat, String action) {
    return client.await(
        frame ->
            frame.event().equals("chat:member")
                && frame.text("chatId").equals(chat)
                && frame.text("action").equals(action),
        SOON);
  }

  @Test
  void isToldWhenTheBusIsBack() {
    String database = Backends.freshDatabase();
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        var first = TestGateway.start(database, redis);
        var second = TestGateway.start(database, redis);
        var scene = new Scene(first, second)) {
      GatewayClient alice = scene.onFirst("alice");
      GatewayClient bob = scene.onSecond("bob");
      GatewayClient carol = scene.onSecond("carol");
      String bobComes = scene.group(alice, "carol");
      String bobGoes = scene.group(alice, "bob");
      String bobComesAndGoes = scene.group(alice, "carol");
      String bobIsInside = scene.group(alice, "bob");
      bob.call(join(bobIsInside));
      carol.skip();

      redis.kill();
      String bob2 = scene.user("bob");
      alice.call(member(bobComes, bob2, MemberAction.ADD));
      alice.call(member(bobGoes, bob2, MemberAction.REMOVE));
      alice.call(member(bobComesAndGoes, bob2, MemberAction.ADD));
      alice.call(member(bobComesAndGoes, bob2, MemberAction.REMOVE));
      alice.call(member(bobIsInside, bob2, MemberAction.REMOVE));
      String made = scene.group(alice, "bob");
      assertThat(Scene.pushes(bob, bobComes)).isEmpty();
      redis.restart();

      assertThat(change(bob, made, "add").text("by")).isEqualTo(scene.user("alice"));
      assertThat(change(bob, bobComes, "add").number("rev")).isEqualTo(1);
      assertThat(change(bob, bobGoes, "remove").number("rev")).isEqualTo(1);
      change(bob, bobComesAndGoes, "remove");
      change(bob, bobIsInside, "remove");
      assertThat(Scene.pushes(bob, bobComesAndGoes))
          .extracting(frame -> frame.text("action"))
          .containsExactly("add", "remove");
      assertThat(Scene.pushes(carol, bobComes))
          .as("nobody else's")
          .noneMatch(frame -> frame.event().equals("chat:member") && frame.number("rev") > 0);
    }
  }
}
