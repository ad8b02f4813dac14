package dev.realtime.gateway.socket;

import static dev.realtime.gateway.socket.SessionFrames.auth;
import static dev.realtime.gateway.socket.SessionFrames.ping;
import static dev.realtime.gateway.socket.SessionFrames.pipelined;
import static dev.realtime.gateway.support.Commands.authenticate;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.listChats;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.resume;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** The token in the first frame, and what may come before and after it; section 3. */
@Timeout(60)
class AuthenticationIT {

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Duration DEADLINE = Duration.ofMillis(500);

  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start("SESSION_AUTH_DEADLINE=500ms", "LIMIT_CONNECTIONS_PER_USER=3");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void welcomesBeforeItAcknowledges() {
    try (GatewayClient alice = gateway.client().connect()) {
      alice.sendText(auth("a1", TestGateway.token("alice")));

      Received welcome = alice.next();
      Received ack = alice.next();
      assertThat(welcome.event()).isEqualTo("session:welcome");
      assertThat(welcome.id()).isNull();
      assertThat(ack.event()).isEqualTo("ack");
      assertThat(ack.id()).isEqualTo("a1");
      assertThat(ack.data()).isEqualTo(welcome.data());
    }
  }

  @Test
  void tellsTheClientWhatItNeedsToKnow() {
    Instant before = Instant.now();
    Duration lifetime = Duration.ofMinutes(30);
    String token = TestGateway.token("alice", lifetime, null, TestGateway.ACCESS_SECRET);
    try (GatewayClient alice = gateway.client().token(token).connect();
        GatewayClient bob = gateway.connect("bob")) {
      JsonNode welcome = alice.welcome();

      assertThat(alice.received().getFirst().event()).isEqualTo("session:welcome");
      assertThat(welcome.propertyNames())
          .containsExactlyInAnyOrder(
              "connectionId",
              "userId",
              "deviceId",
              "expiresAt",
              "heartbeatMs",
              "serverTime",
              "epoch",
              "limits");
      assertThat(welcome.path("userId").asString()).isEqualTo("alice");
      assertThat(welcome.path("connectionId").asString())
          .matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
          .isNotEqualTo(bob.connectionId());
      assertThat(welcome.path("deviceId")).isEqualTo(welcome.path("connectionId"));
      assertThat(welcome.path("heartbeatMs").asLong()).isEqualTo(25_000);
      assertThat(welcome.path("epoch").asString())
          .isNotEmpty()
          .isEqualTo(bob.welcome().path("epoch").asString());
      assertThat(time(welcome, "expiresAt"))
          .isBetween(before.plus(lifetime).minusSeconds(2), before.plus(lifetime).plusSeconds(2));
      assertThat(time(welcome, "serverTime"))
          .isBetween(before.minusMillis(1), Instant.now().plusMillis(1));
      JsonNode limits = welcome.path("limits");
      assertThat(limits.propertyNames())
          .containsExactlyInAnyOrder("frameBytes", "contentLength", "rooms", "replay", "pageBytes");
      assertThat(limits.path("frameBytes").asInt()).isEqualTo(65_536);
      assertThat(limits.path("contentLength").asInt()).isEqualTo(4_000);
      assertThat(limits.path("rooms").asInt()).isEqualTo(200);
      assertThat(limits.path("replay").asInt()).isEqualTo(500);
      assertThat(limits.path("pageBytes").asInt()).isEqualTo(262_144);
    }
  }

  private static Instant time(JsonNode data, String field) {
    assertThat(data.path(field).asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    return Instant.parse(data.path(field).asString());
  }

  @Test
  void callsTheDeviceAsTheClientDoes() {
    try (GatewayClient inFrame = gateway.client().deviceId("query").connect();
        GatewayClient inQuery = gateway.client().deviceId("query").connect()) {
      String token = TestGateway.token("dora");
      JsonNode framed = inFrame.call(new SessionCommand.Authenticate(token, "frame", null));
      JsonNode queried = inQuery.call(authenticate(token));

      assertThat(framed.path("deviceId").asString()).isEqualTo("frame");
      assertThat(queried.path("deviceId").asString()).isEqualTo("query");
    }
  }

  @Test
  void takesTheClientsNameForWhatItIs() {
    try (GatewayClient alice = gateway.client().connect()) {
      alice.call(
          new SessionCommand.Authenticate(
              TestGateway.token("alice"), null, new SessionCommand.Client("app", "1.0")));
    }
  }

  @Test
  void refusesEveryCommandBeforeIt() {
    try (GatewayClient client = gateway.client().connect()) {
      List.of(
              new SessionCommand.Ping(),
              resume(null, Map.of()),
              join("c1"),
              message("c1", "hi", "t1"),
              listChats())
          .forEach(command -> {
            RefusedException refused = client.refusal(command);
            assertThat(refused.code()).isEqualTo("unauthorized");
            assertThat(refused.event()).isNotEmpty();
          });
      client.call(authenticate(TestGateway.token("alice")));
      client.call(new SessionCommand.Ping());
    }
  }

  @Test
  void endsAConnectionThatBringsNoToken() {
    try (GatewayClient client = gateway.client().connect()) {
      long opened = System.nanoTime();

      assertThat(client.awaitClose(SOON).code()).isEqualTo(4408);
      assertThat(Duration.ofNanos(System.nanoTime() - opened))
          .isBetween(DEADLINE.minusMillis(100), Duration.ofSeconds(2));
      Received bye = client.await("session:bye");
      assertThat(bye.number("code")).isEqualTo(4408);
      assertThat(bye.data().path("reconnect").asBoolean()).isTrue();
      assertThat(bye.text("reason")).isNotEmpty();
    }
  }

  @Test
  void keepsTheDeadlineHoweverBusyTheClientIs() {
    try (GatewayClient client = gateway.client().connect()) {
      client.listen(frame -> {
        if (frame.event().equals("error")) {
          client.send(new SessionCommand.Ping());
        }
      });
      client.send(new SessionCommand.Ping());

      assertThat(client.awaitClose(SOON).code()).isEqualTo(4408);
      assertThat(client.received()).hasSizeGreaterThan(5);
    }
  }

  @Test
  void keepsAnAuthenticatedConnectionBeyondTheDeadline() {
    try (GatewayClient alice = gateway.client().connect()) {
      alice.authenticate(TestGateway.token("alice")).join();
      // The deadline's timer must not close the connection, so no marker can replace the wait.
      alice.assertSilence("session:bye", DEADLINE.multipliedBy(2));
      alice.call(new SessionCommand.Ping());
    }
  }

  @Test
  void takesNoSecondToken() {
    SessionCommand.Authenticate second = authenticate(TestGateway.token("bob"));
    try (GatewayClient inHeader = gateway.connect("alice");
        GatewayClient inFrame = gateway.client().connect()) {
      inFrame.authenticate(TestGateway.token("alice")).join();

      assertThat(inHeader.refusal(second).code()).isEqualTo("conflict");
      assertThat(inFrame.refusal(second).code()).isEqualTo("conflict");
      assertThat(inFrame.refusal(authenticate("nonsense")).code()).isEqualTo("conflict");
      inFrame.call(new SessionCommand.Ping());
      inHeader.call(new SessionCommand.Ping());
    }
  }

  static Stream<Arguments> badTokens() {
    Duration hour = Duration.ofHours(1);
    return Stream.of(
        Arguments.of("nonsense", "unauthorized", 4401),
        Arguments.of("", "unauthorized", 4401),
        Arguments.of(TestGateway.serviceToken(), "unauthorized", 4401),
        Arguments.of(
            TestGateway.token("a", hour, null, TestGateway.REFRESH_SECRET), "unauthorized", 4401),
        Arguments.of(
            TestGateway.token("a", Duration.ofSeconds(-5), null, TestGateway.ACCESS_SECRET),
            "token_expired",
            4419));
  }

  @ParameterizedTest
  @MethodSource("badTokens")
  void endsAConnectionWithABadToken(String token, String code, int closeCode) {
    try (GatewayClient client = gateway.client().connect()) {
      client.sendText(auth("a1", token));

      assertThat(client.awaitClose(SOON).code()).isEqualTo(closeCode);
      Received error = client.next();
      assertThat(error.event()).isEqualTo("error");
      assertThat(error.id()).isEqualTo("a1");
      assertThat(error.text("code")).isEqualTo(code);
      assertThat(error.text("event")).isEqualTo("session:auth");
      Received bye = client.next();
      assertThat(bye.event()).isEqualTo("session:bye");
      assertThat(bye.number("code")).isEqualTo(closeCode);
      assertThat(bye.data().path("reconnect").asBoolean()).isFalse();
    }
  }

  @Test
  void givesNoSecondChance() {
    try (RawSocket socket = RawSocket.connect(gateway.socket(), Map.of())) {
      socket.write(
          pipelined(auth("1", "nonsense"), auth("2", TestGateway.token("mallory")), ping("3")));

      assertThat(socket.awaitText("\"error\"", SOON)).contains("unauthorized", "\"1\"");
      assertThat(socket.awaitClose(SOON).code()).isEqualTo(4401);
    }
  }
}
