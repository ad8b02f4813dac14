package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.Commands.authenticate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.UpgradeRefusedException;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.support.Gateways;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestGateway;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Who gets a socket and who gets a refusal; sections 1 and 3 of the protocol. */
@Timeout(60)
class UpgradeIT {

  private static final String ORIGIN = "https://app.example";
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofSeconds(5);

  private static final TestGateway gateway =
      Gateways.shared("ALLOWED_ORIGINS=http://localhost:3000," + ORIGIN);

  @Test
  void takesTheTokenFromTheHeader() {
    try (GatewayClient alice = gateway.client().token(TestGateway.token("alice")).connect()) {
      assertThat(alice.welcome().path("userId").asString()).isEqualTo("alice");
      assertThat(alice.subprotocol()).isEqualTo("gateway.v1");
    }
  }

  @Test
  void takesTheTokenFromTheSubprotocolAndEchoesOnlyTheProtocol() {
    try (GatewayClient alice =
        gateway.client().tokenInSubprotocol(TestGateway.token("alice")).connect()) {
      assertThat(alice.welcome().path("userId").asString()).isEqualTo("alice");
      assertThat(alice.subprotocol()).isEqualTo("gateway.v1");
    }
  }

  @Test
  void prefersTheHeaderToTheSubprotocol() {
    try (GatewayClient client =
        gateway
            .client()
            .token(TestGateway.token("alice"))
            .tokenInSubprotocol(TestGateway.token("bob"))
            .connect()) {
      assertThat(client.welcome().path("userId").asString()).isEqualTo("alice");
    }
  }

  @Test
  void opensWithoutATokenAndWaitsForTheFirstFrame() {
    try (GatewayClient alice = gateway.client().connect()) {
      assertThat(alice.authenticate(TestGateway.token("alice")).join().path("userId").asString())
          .isEqualTo("alice");
    }
  }

  static Stream<Arguments> badTokens() {
    String good = TestGateway.token("alice");
    return Stream.of(
        Arguments.of("no JWT", "nonsense", "unauthorized"),
        Arguments.of("wrong signature", good.substring(0, good.length() - 4), "unauthorized"),
        Arguments.of(
            "expired",
            TestGateway.token("a", Duration.ofSeconds(-1), null, TestGateway.ACCESS_SECRET),
            "token_expired"),
        Arguments.of(
            "a refresh token",
            TestGateway.token("a", HOUR, null, TestGateway.REFRESH_SECRET),
            "unauthorized"),
        Arguments.of("a service token", TestGateway.serviceToken(), "unauthorized"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badTokens")
  void refusesABadTokenInTheHeaderBeforeTheUpgrade(String what, String token, String code) {
    UpgradeRefusedException inHeader = refused(Map.of("Authorization", "Bearer " + token), "");

    assertProblem(inHeader, 401, code);
  }

  /** A browser shows its page neither the status nor the body of a refused upgrade. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("badTokens")
  void refusesABadTokenInTheSubprotocolAfterTheUpgrade(String what, String token, String code) {
    int closeCode = code.equals("token_expired") ? 4419 : 4401;
    try (GatewayClient browser = gateway.client().tokenInSubprotocol(token).connect()) {
      browser.send(authenticate(TestGateway.token("alice")));

      assertThat(browser.subprotocol()).isEqualTo("gateway.v1");
      Received error = browser.next();
      assertThat(error.event()).isEqualTo("error");
      assertThat(error.id()).isNull();
      assertThat(error.text("code")).isEqualTo(code);
      assertThat(error.text("event")).isEqualTo("session:auth");
      Received bye = browser.next();
      assertThat(bye.event()).isEqualTo("session:bye");
      assertThat(bye.number("code")).isEqualTo(closeCode);
      assertThat(browser.awaitClose(SOON).code()).isEqualTo(closeCode);
      assertThat(browser.received()).hasSize(2);
    }
  }

  @Test
  void ignoresATokenInTheQueryUnlessConfigured() {
    URI uri = URI.create(gateway.socket() + "?token=" + TestGateway.token("alice"));
    try (GatewayClient client = GatewayClient.builder(uri).connect()) {
      assertThat(client.refusal(new SessionCommand.Ping()).code()).isEqualTo("unauthorized");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://evil.example", "null", "https://app.example.evil", "http://app"})
  void refusesAStrangeOrigin(String origin) {
    UpgradeRefusedException refused =
        refused(
            Map.of("Origin", origin, "Authorization", "Bearer " + TestGateway.token("alice")), "");

    assertProblem(refused, 403, "forbidden");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost:3000", ORIGIN})
  void admitsAKnownOrigin(String origin) {
    try (GatewayClient alice =
        gateway.client().origin(origin).token(TestGateway.token("alice")).connect()) {
      assertThat(alice.welcome().path("userId").asString()).isEqualTo("alice");
    }
  }

  /** The same page by another spelling must not be another page. */
  @ParameterizedTest
  @ValueSource(strings = {"/ws;a=b", "/%77s", "/ws;"})
  void knowsNoOtherSpellingOfTheWayIn(String path) {
    URI other = URI.create("ws://127.0.0.1:" + gateway.port() + path);
    UpgradeRefusedException strange =
        catchThrowableOfType(
            UpgradeRefusedException.class,
            () -> RawSocket.connect(other, Map.of("Origin", "https://evil.example")).close());
    UpgradeRefusedException bad =
        catchThrowableOfType(
            UpgradeRefusedException.class,
            () -> RawSocket.connect(other, Map.of("Authorization", "Bearer nonsense")).close());

    assertThat(strange).isNotNull();
    assertThat(strange.status()).isIn(400, 403, 404);
    assertThat(bad).isNotNull();
    assertThat(bad.status()).isIn(400, 401, 404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a%0Ab", "%00", "%7F"})
  void refusesADeviceIdThatIsNone(String device) {
    assertProblem(refused(Map.of(), "?deviceId=" + device), 400, "bad_request");
  }

  @Test
  void boundsTheDeviceId() {
    assertProblem(refused(Map.of(), "?deviceId=" + "d".repeat(129)), 400, "bad_request");
    try (GatewayClient alice =
        gateway.client().token(TestGateway.token("alice")).deviceId("d".repeat(128)).connect()) {
      assertThat(alice.welcome().path("deviceId").asString()).isEqualTo("d".repeat(128));
    }
  }

  @Test
  void survivesAQueryThatIsNotEncoded() {
    try (LogCapture log = new LogCapture()) {
      assertThat(refused(Map.of(), "?deviceId=%ZZ").status()).isEqualTo(400);
      assertThat(log.faults()).isEmpty();
    }
  }

  @Test
  void logsNoToken() {
    String token = TestGateway.token("alice");
    String refresh = TestGateway.token("alice", HOUR, null, TestGateway.REFRESH_SECRET);
    try (LogCapture log = new LogCapture()) {
      try (GatewayClient alice = gateway.client().token(token).connect()) {
        alice.welcome();
        alice.refusal(authenticate(token));
        alice.sendText("{\"event\":\"session:auth\",\"data\":{\"token\":[\"" + token + "\"]}}");
        alice.await("error");
      }
      refused(Map.of("Authorization", "Bearer " + refresh), "");
      try (GatewayClient alice = gateway.client().tokenInSubprotocol(refresh).connect()) {
        assertThat(alice.awaitClose(SOON).code()).isEqualTo(4401);
      }
      refused(Map.of("Origin", "https://evil.example"), "?token=" + token);
      try (GatewayClient alice = gateway.client().connect()) {
        alice.sendText("{\"event\":\"session:auth\",\"data\":{\"token\":\"" + refresh + "\"}}");
        assertThat(alice.awaitClose(SOON).code()).isEqualTo(4401);
      }
      assertThat(log.lines()).noneMatch(line -> line.contains(token) || line.contains(refresh));
    }
  }

  private static UpgradeRefusedException refused(Map<String, String> headers, String query) {
    UpgradeRefusedException refused =
        catchThrowableOfType(
            UpgradeRefusedException.class,
            () -> RawSocket.connect(gateway.socket(), query, headers).close());
    assertThat(refused).as("a refusal of %s %s", headers, query).isNotNull();
    return refused;
  }

  private static void assertProblem(UpgradeRefusedException refused, int status, String code) {
    assertThat(refused.status()).isEqualTo(status);
    assertThat(refused.contentType()).startsWith("application/problem+json");
    JsonNode problem = WireJson.mapper().readTree(refused.body());
    assertThat(problem.path("code").asString()).isEqualTo(code);
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    assertThat(problem.path("title").asString()).isNotEmpty();
    assertThat(problem.path("detail").asString()).isNotEmpty();
  }
}
