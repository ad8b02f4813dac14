package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.ChatActions.group;
import static dev.realtime.gateway.support.Commands.authenticate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.client.UpgradeRefusedException;
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

  /** A phone without a network leaves such connections behind: the newest is the living one. */
  @Test
  void endsTheOneThatWasSilentForLongest() {
    try (GatewayClient first = gateway.connect("bob");
        GatewayClient second = gateway.connect("bob")) {
      first.call(new SessionCommand.Ping());
      try (GatewayClient third = gateway.client().connect()) {
        third.send(authenticate(TestGateway.token("bob")));
        third.welcome();
        assertEnded(second, 4413);
        first.call(new SessionCommand.Ping());
        third.call(new SessionCommand.Ping());
      }
      gateway.connect("dora").close();
    }
  }

  @Test
  void endsTheOneOfTheSameDevice() {
    try (GatewayClient phone = onPhone("erin");
        GatewayClient laptop = gateway.connect("erin")) {
      phone.call(new SessionCommand.Ping());
      try (GatewayClient again = onPhone("erin")) {
        assertEnded(phone, 4409);
        laptop.call(new SessionCommand.Ping());
        again.call(new SessionCommand.Ping());
      }
    }
  }

  private static GatewayClient onPhone(String user) {
    GatewayClient client = gateway.client().connect();
    client.send(new SessionCommand.Authenticate(TestGateway.token(user), "phone", null));
    client.welcome();
    return client;
  }

  private static void assertEnded(GatewayClient client, int code) {
    assertThat(client.awaitClose(SOON).code()).isEqualTo(code);
    Received bye = client.await("session:bye");
    assertThat(bye.number("code")).isEqualTo(code);
    assertThat(bye.data().path("reconnect").asBoolean()).isFalse();
  }

  /** Before there is a socket, so that Redis and PostgreSQL never lack files. */
  @Test
  void refusesMoreThanAnInstanceMayHave() {
    try (TestGateway small = TestGateway.start("LIMIT_CONNECTIONS=1")) {
      try (GatewayClient only = small.connect("one")) {
        assertThatThrownBy(() -> RawSocket.connect(small.socket(), TestGateway.token("two")))
            .isInstanceOfSatisfying(
                UpgradeRefusedException.class,
                refused -> {
                  assertThat(refused.status()).isEqualTo(503);
                  assertThat(refused.header("Retry-After")).isNotNull();
                });
        only.call(new SessionCommand.Ping());
      }
      await().atMost(SOON).until(() -> isLetIn(small));
    }
  }

  private static boolean isLetIn(TestGateway small) {
    try {
      small.connect("two").close();
      return true;
    } catch (UpgradeRefusedException full) {
      return false;
    }
  }

  private static void join(GatewayClient client, String chat) {
    client.call(Commands.join(chat));
  }
}
