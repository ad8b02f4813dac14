package dev.realtime.gateway.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.UpgradeRefusedException;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.support.Gateways;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The opening handshake as RFC 6455, section 4.2.1, lets clients write it. */
@Timeout(60)
class HandshakeIT {

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final String VERSION = "Sec-WebSocket-Version: 13";
  private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  private static final String CONNECTION = "Connection: Upgrade";
  private static final String UPGRADE = "Upgrade: websocket";
  private static final String PROTOCOL = "Sec-WebSocket-Protocol: ";

  private static final TestGateway gateway = Gateways.shared();

  static Stream<List<String>> offers() {
    String bearer = "bearer." + TestGateway.token("alice");
    return Stream.of(
        List.of("gateway.v1, " + bearer),
        List.of(bearer + ", gateway.v1"),
        List.of(bearer + ",gateway.v1"),
        List.of("  " + bearer + " ,\t gateway.v1  "),
        List.of("chat, gateway.v1, " + bearer),
        List.of(bearer, "gateway.v1"),
        List.of("gateway.v1", bearer),
        List.of("chat", bearer + ", superchat", "mqtt , gateway.v1"));
  }

  @ParameterizedTest
  @MethodSource("offers")
  void choosesItsProtocolWhereverItIsOffered(List<String> offers) {
    List<String> headers = new ArrayList<>(List.of(CONNECTION, UPGRADE, VERSION, KEY));
    offers.forEach(offer -> headers.add(PROTOCOL + offer));
    try (RawSocket socket = upgrade("GET", headers)) {
      assertThat(socket.header("Sec-WebSocket-Protocol")).isEqualTo("gateway.v1");
      assertThat(socket.awaitText("session:welcome", SOON)).contains("\"userId\":\"alice\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"chat", "gateway.v2, chat", "GATEWAY.V1", ",", ""})
  void choosesNoOtherProtocol(String offer) {
    try (RawSocket socket =
        upgrade("GET", List.of(CONNECTION, UPGRADE, VERSION, KEY, PROTOCOL + offer))) {
      assertThat(socket.header("Sec-WebSocket-Protocol")).isNull();
      assertOpen(socket);
    }
  }

  static Stream<List<String>> spellings() {
    return Stream.of(
        List.of("Connection: upgrade", "Upgrade: WebSocket"),
        List.of("Connection: UPGRADE", "Upgrade: WEBSOCKET"),
        List.of("Connection: keep-alive, Upgrade", UPGRADE),
        List.of("Connection: Keep-Alive,UPGRADE", UPGRADE),
        List.of("Connection: keep-alive", CONNECTION, UPGRADE),
        List.of(CONNECTION, "Upgrade: h2c, websocket"),
        List.of(CONNECTION, "Upgrade: h2c", "Upgrade: WebSocket"),
        List.of("connection:upgrade", "upgrade:websocket"));
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void takesTheHeadersInAnyCaseAndAsLists(List<String> headers) {
    List<String> all = new ArrayList<>(headers);
    all.addAll(List.of(VERSION, KEY));
    try (RawSocket socket = upgrade("GET", all)) {
      assertThat(socket.header("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assertOpen(socket);
    }
  }

  static Stream<Arguments> otherVersions() {
    return Stream.of(
        Arguments.of("none", null),
        Arguments.of("8", "Sec-WebSocket-Version: 8"),
        Arguments.of("0", "Sec-WebSocket-Version: 0"),
        Arguments.of("a list", "Sec-WebSocket-Version: 13, 8"),
        Arguments.of("no number", "Sec-WebSocket-Version: thirteen"),
        Arguments.of("empty", "Sec-WebSocket-Version:"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("otherVersions")
  void speaksVersion13Only(String what, @Nullable String version) {
    try (LogCapture log = new LogCapture()) {
      UpgradeRefusedException refused = refused("GET", CONNECTION, UPGRADE, version, KEY);

      assertProblem(refused, 426);
      assertThat(refused.header("Sec-WebSocket-Version")).isEqualTo("13");
      assertThat(refused.header("Upgrade")).isEqualTo("websocket");
      assertThat(log.faults()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Sec-WebSocket-Key:",
        "Sec-WebSocket-Key: short",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWQ=",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25=ZQ==",
        "Sec-WebSocket-Key: ????????????????????????"
      })
  void requiresAKeyOfSixteenBytes(String key) {
    try (LogCapture log = new LogCapture()) {
      assertProblem(refused("GET", CONNECTION, UPGRADE, VERSION, key.isEmpty() ? null : key), 400);
      assertThat(log.faults()).isEmpty();
    }
  }

  @Test
  void requiresBothUpgradeHeaders() {
    assertProblem(refused("GET", UPGRADE, VERSION, KEY), 400);
    assertProblem(refused("GET", CONNECTION, VERSION, KEY), 400);
    assertProblem(refused("GET", "Connection: keep-alive", UPGRADE, VERSION, KEY), 400);
    assertProblem(refused("GET", CONNECTION, "Upgrade: h2c", VERSION, KEY), 400);
    assertProblem(refused("GET", "Connection: no-upgrade", UPGRADE, VERSION, KEY), 400);
    assertProblem(refused("GET"), 400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
  void upgradesByGetOnly(String method) {
    UpgradeRefusedException refused =
        refused(method, CONNECTION, UPGRADE, VERSION, KEY, "Content-Length: 0");

    assertProblem(refused, 405);
    assertThat(refused.header("Allow")).isEqualTo("GET");
  }

  private static void assertOpen(RawSocket socket) {
    socket.sendText(
        "{\"event\":\"session:auth\",\"id\":\"1\",\"data\":{\"token\":\"%s\"}}"
            .formatted(TestGateway.token("alice")));
    socket.awaitText("session:welcome", SOON);
  }

  private static UpgradeRefusedException refused(String method, @Nullable String... headers) {
    List<String> present = Stream.of(headers).<String>mapMulti(HandshakeIT::ifPresent).toList();
    UpgradeRefusedException refused =
        catchThrowableOfType(UpgradeRefusedException.class, () -> upgrade(method, present).close());
    assertThat(refused).as("a refusal of %s %s", method, present).isNotNull();
    return refused;
  }

  private static void ifPresent(@Nullable String header, Consumer<String> next) {
    if (header != null) {
      next.accept(header);
    }
  }

  private static RawSocket upgrade(String method, List<String> headers) {
    String host = "Host: " + gateway.socket().getAuthority();
    return RawSocket.handshake(
        gateway.socket(),
        "%s /ws HTTP/1.1\r\n%s\r\n%s\r\n\r\n"
            .formatted(method, host, String.join("\r\n", headers)));
  }

  private static void assertProblem(UpgradeRefusedException refused, int status) {
    assertThat(refused.status()).isEqualTo(status);
    assertThat(refused.contentType()).startsWith("application/problem+json");
    JsonNode problem = WireJson.mapper().readTree(refused.body());
    assertThat(problem.path("code").asString()).isEqualTo("bad_request");
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    assertThat(problem.path("detail").asString()).isNotEmpty();
  }
}
