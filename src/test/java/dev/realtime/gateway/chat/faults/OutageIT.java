package dev.realtime.gateway.chat.faults;

import static dev.realtime.gateway.support.ChatActions.awaitSeq;
import static dev.realtime.gateway.support.ChatActions.follow;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.dev.DevelopmentPostgres;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is left of the chat while a server is away, and after it is back. */
@Timeout(120)
class OutageIT {

  @Test
  void servesItsOwnWithoutRedisAndLetsTheOthersCatchUp() {
    String database = Backends.freshDatabase();
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        var first = TestGateway.start(database, redis);
        var second = TestGateway.start(database, redis);
        var scene = new Scene(first, second)) {
      GatewayClient alice = scene.onFirst("alice");
      GatewayClient bob = scene.onFirst("bob");
      GatewayClient carol = scene.onSecond("carol");
      String chat = scene.group(alice, "bob", "carol", "dave");
      ChatLog near = follow(bob, chat);
      ChatLog far = follow(carol, chat);
      bob.call(join(chat));
      carol.call(join(chat));
      alice.call(message(chat, "before"));
      awaitSeq(far, 1);

      redis.kill();
      for (int i = 0; i < 20; i++) {
        alice.call(message(chat, "away " + i));
      }
      carol.call(message(chat, "from the other side"));
      awaitSeq(near, 21);
      GatewayClient dave = scene.onFirst("dave");
      ChatLog late = ChatLog.of(chat);
      dave.listen(late::apply);
      assertThat(dave.call(join(chat)).get("lastSeq").asLong()).isEqualTo(22);
      redis.restart();

      List<ChatLog> logs = List.of(near, far, late);
      logs.forEach(log -> awaitSeq(log, 22));
      carol.call(message(chat, "after"));
      logs.forEach(log -> awaitSeq(log, 23));
      logs.forEach(log -> assertThat(log.violations()).isEmpty());
      assertThat(near.state().messages()).isEqualTo(far.state().messages());
    }
  }

  @Test
  void refusesCommandsWithoutPostgresAndKeepsSockets() {
    try (DevelopmentPostgres postgres = DevelopmentPostgres.startTemporary();
        var gateway = TestGateway.start(postgres.databaseUrl(), Backends.redis());
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      GatewayClient bob = scene.onSecond("bob");
      String chat = scene.group(alice, "bob");
      ChatLog log = follow(bob, chat);
      bob.call(join(chat));
      alice.call(message(chat, "before"));
      awaitSeq(log, 1);

      postgres.kill();
      for (String command :
          List.of(
              "{\"event\":\"chat:message\",\"id\":\"m\",\"data\":{\"chatId\":\"%s\",\"content\":\"x\",\"tempId\":\"t\"}}",
              "{\"event\":\"chat:history\",\"id\":\"h\",\"data\":\"%s\"}",
              "{\"event\":\"session:resume\",\"id\":\"r\",\"data\":{\"chats\":{\"%s\":0}}}")) {
        assertUnavailable(alice, command.formatted(chat));
      }
      postgres.restart();
      await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(() -> alice.call(message(chat, "x", "t")).get("seq").asLong() == 2);
      awaitSeq(log, 2);

      assertThat(log.violations()).isEmpty();
      assertThat(Objects.requireNonNull(log.state().messages().get(2L)).tempId()).isEqualTo("t");
    }
  }

  private static void assertUnavailable(GatewayClient client, String command) {
    long start = System.nanoTime();
    client.sendText(command);
    Received answer = client.await(Received::isReply, Duration.ofSeconds(16));
    assertThat(answer.text("code")).as(command).isEqualTo("unavailable");
    assertThat(answer.number("retryAfterMs")).isPositive();
    assertThat(answer.data().get("retryable").asBoolean()).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
  }
}
