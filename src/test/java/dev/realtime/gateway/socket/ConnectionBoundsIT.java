package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.ChatActions.group;
import static dev.realtime.gateway.support.Commands.authenticate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.support.Commands;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many rooms a connection and how many connections a user may have; section 11. */
@Timeout(60)
class ConnectionBoundsIT {

  private static final Duration SOON = Duration.ofSeconds(5);

  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start("LIMIT_ROOMS_PER_CONNECTION=3", "LIMIT_CONNECTIONS_PER_USER=2");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void boundsTheRoomsOfAConnection() {
    try (GatewayClient alice = gateway.connect("alice");
        GatewayClient other = gateway.connect("alice")) {
      assertThat(alice.welcome().path("limits").path("rooms").asInt()).isEqualTo(3);
      List<String> chats = IntStream.range(0, 5).mapToObj(i -> group(alice, "x")).toList();
      chats.subList(0, 3).forEach(chat -> join(alice, chat));

      RefusedException refused = alice.refusal(Commands.join(chats.get(3)));
      assertThat(refused.code()).isEqualTo("too_many_rooms");
      assertThat(refused.event()).isEqualTo("chat:join");
      join(alice, chats.get(0));
      join(other, chats.get(3));
      alice.call(new ChatCommand.LeaveChat(chats.get(1)));
      join(alice, chats.get(3));
      assertThat(alice.refusal(Commands.join(chats.get(4))).code()).isEqualTo("too_many_rooms");
    }
  }

  /** All at once: the bound holds for those that are on their way too. */
  @Test
  void boundsRoomsThatAreJoinedAtOnce() {
    try (GatewayClient carol = gateway.connect("carol")) {
      List<String> chats = IntStream.range(0, 12).mapToObj(i -> group(carol, "x")).toList();
      carol.skip();
      chats.forEach(chat ->
          carol.sendText(
              "{\"event\":\"chat:join\",\"id\":\"" + chat + "\",\"data\":\"" + chat + "\"}"));

      List<String> answers =
          chats.stream().map(chat -> carol.await(Received::isReply, SOON).event()).toList();
      assertThat(answers).filteredOn("ack"::equals).hasSize(3);
    }
  }

  @Test
  void boundsTheConnectionsOfAUser() {
    try (GatewayClient first = gateway.connect("bob");
        GatewayClient second = gateway.connect("bob")) {
      try (GatewayClient third = gateway.client().token(TestGateway.token("bob")).connect()) {
        assertTooMany(third);
      }
      try (GatewayClient third = gateway.client().connect()) {
        third.send(authenticate(TestGateway.token("bob")));
        assertTooMany(third);
      }
      first.call(new SessionCommand.Ping());
      second.call(new SessionCommand.Ping());
      gateway.connect("dora").close();

      first.abort();
      await().atMost(SOON).until(() -> isAdmitted("bob"));
    }
  }

  private static void assertTooMany(GatewayClient client) {
    assertThat(client.awaitClose(SOON).code()).isEqualTo(4413);
    Received bye = client.next();
    assertThat(bye.event()).isEqualTo("session:bye");
    assertThat(bye.number("code")).isEqualTo(4413);
    assertThat(bye.data().path("reconnect").asBoolean()).isFalse();
    assertThat(client.received()).hasSize(1);
  }

  private static boolean isAdmitted(String user) {
    try (GatewayClient client = gateway.client().token(TestGateway.token(user)).connect()) {
      return client.next().event().equals("session:welcome");
    }
  }

  private static void join(GatewayClient client, String chat) {
    client.call(Commands.join(chat));
  }
}
