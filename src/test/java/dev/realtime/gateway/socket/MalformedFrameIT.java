package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.Markers.assertNothingBeforePing;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.support.TestGateway;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sound WebSocket frames whose text is wrong: an error each, and the connection lives on. */
@Timeout(60)
class MalformedFrameIT extends AttackedGateway {

  private static final Duration SOON = Duration.ofSeconds(5);

  static Stream<String> noCommands() {
    return Stream.of(
        "",
        " ",
        "hello",
        "{",
        "[]",
        "17",
        "null",
        "true",
        "\"chat:join\"",
        "[{\"event\":\"session:ping\",\"id\":\"1\"}]",
        "{\"event\":\"session:ping\"} {\"event\":\"session:ping\"}",
        "{\"event\":\"session:ping\"}]",
        "{\"event\":\"session:ping\",}",
        "{'event':'session:ping'}",
        "{\"event\":\"session:ping\u0000\"}",
        "{\"id\":\"1\"}",
        "{\"event\":null}",
        "{\"event\":17}",
        "{\"event\":[\"session:ping\"]}",
        "[".repeat(3_000) + "]".repeat(3_000),
        "{\"event\":\"session:ping\",\"data\":" + "[".repeat(3_000) + "]".repeat(3_000) + "}",
        "{\"a\":".repeat(3_000) + "1" + "}".repeat(3_000),
        "[".repeat(60_000),
        "{\"event\":\"session:ping\",\"data\":{\"n\":1" + "0".repeat(5_000) + "}}");
  }

  @ParameterizedTest
  @MethodSource("noCommands")
  void refusesWhatIsNoCommand(String text) {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendText(text);

      Received error = alice.await("error");
      assertThat(error.text("code")).isEqualTo("bad_request");
      assertThat(error.text("message")).isNotEmpty();
      assertThat(error.data().path("retryable").asBoolean(true)).isFalse();
      alice.call(new SessionCommand.Ping());
    }
  }

  static Stream<Arguments> wrongData() {
    String longId = "c".repeat(129);
    return Stream.of(
        Arguments.of("chat:join", "{}", "chatId"),
        Arguments.of("chat:join", "null", "chatId"),
        Arguments.of("chat:join", "[]", "data"),
        Arguments.of("chat:join", "17", "data"),
        Arguments.of("chat:join", "\"\"", "chatId"),
        Arguments.of("chat:join", "{\"chatId\":17}", "chatId"),
        Arguments.of("chat:join", "{\"chatId\":{}}", "chatId"),
        Arguments.of("chat:join", "{\"chatId\":null}", "chatId"),
        Arguments.of("chat:join", "{\"chatId\":\"" + longId + "\"}", "chatId"),
        Arguments.of("chat:join", "\"" + longId + "\"", "chatId"),
        Arguments.of("chat:join", "\"a\\nb\"", "chatId"),
        Arguments.of("chat:join", "{\"chatId\":\"c1\",\"since\":\"3\"}", "since"),
        Arguments.of("chat:join", "{\"chatId\":\"c1\",\"since\":1.5}", "since"),
        Arguments.of("chat:join", "{\"chatId\":\"c1\",\"since\":-1}", "since"),
        Arguments.of("chat:join", "{\"chatId\":\"c1\",\"since\":99999999999999999999}", "since"),
        Arguments.of("chat:history", "{\"chatId\":\"c1\",\"limit\":1e999999999}", "limit"),
        Arguments.of("chat:history", "{\"chatId\":\"c1\",\"limit\":0}", "limit"),
        Arguments.of("chat:history", "{\"chatId\":\"c1\",\"limit\":201}", "limit"),
        Arguments.of("chat:message", "{\"chatId\":\"c1\"}", "content"),
        Arguments.of("chat:message", "{\"chatId\":\"c1\",\"content\":\" \\t \"}", "content"),
        Arguments.of("chat:message", "{\"chatId\":\"c1\",\"content\":[\"hi\"]}", "content"),
        Arguments.of("chat:message", "{\"chatId\":\"c1\",\"content\":\"a\\u0000\"}", "content"),
        Arguments.of("chat:message", "{\"chatId\":\"c1\",\"content\":\"\\ud800\"}", "content"),
        Arguments.of("chat:message", "{\"chatId\":\"c1\",\"content\":\"\\udc00a\"}", "content"),
        Arguments.of(
            "chat:message",
            "{\"chatId\":\"c1\",\"content\":\"" + "x".repeat(4_001) + "\"}",
            "content"),
        Arguments.of(
            "chat:message",
            "{\"chatId\":\"c1\",\"content\":\"hi\",\"tempId\":\"" + longId + "\"}",
            "tempId"),
        Arguments.of(
            "chat:message",
            "{\"chatId\":\"c1\",\"content\":\"hi\",\"mentions\":\"bob\"}",
            "mentions"),
        Arguments.of("chat:typing", "{\"chatId\":\"c1\",\"isTyping\":\"yes\"}", "isTyping"),
        Arguments.of("chat:typing", "{\"chatId\":\"c1\",\"isTyping\":1}", "isTyping"),
        Arguments.of("chat:create", "{\"type\":\"party\",\"memberIds\":[]}", "type"),
        Arguments.of("chat:create", "{\"type\":0,\"memberIds\":[]}", "type"),
        Arguments.of("chat:create", "{\"type\":\"group\",\"memberIds\":[null]}", "memberIds"),
        Arguments.of("session:resume", "{\"chats\":[]}", "chats"),
        Arguments.of("session:resume", "{\"chats\":{\"c1\":\"x\"}}", "chats"),
        Arguments.of("session:resume", "{\"chats\":{\"c1\":null}}", "chats"));
  }

  @ParameterizedTest
  @MethodSource("wrongData")
  void namesTheFieldThatIsWrong(String event, String data, String field) {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendText("{\"event\":\"%s\",\"id\":\"x7\",\"data\":%s}".formatted(event, data));

      Received error = alice.await("error");
      assertThat(error.id()).isEqualTo("x7");
      assertThat(error.text("code")).isEqualTo("bad_request");
      assertThat(error.text("field")).isEqualTo(field);
      assertThat(error.text("event")).isEqualTo(event);
      alice.call(new SessionCommand.Ping());
    }
  }

  @Test
  void relatesAnErrorWithoutAnId() {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendText(
          """
          {"event":"chat:message","data":{"chatId":"none","content":"hi","tempId":"t9"}}\
          """);

      Received error = alice.await("error");
      assertThat(error.id()).isNull();
      assertThat(error.text("code")).isEqualTo("forbidden");
      assertThat(error.text("event")).isEqualTo("chat:message");
      assertThat(error.text("tempId")).isEqualTo("t9");
    }
  }

  @Test
  void tellsAnUnknownEventAndGoesOn() {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendText("{\"event\":\"chat:dance\",\"id\":\"1\",\"data\":{\"tempId\":\"t1\"}}");
      alice.sendText("{\"event\":\"ack\",\"id\":\"2\"}");

      Received error = alice.await("error");
      assertThat(error.id()).isEqualTo("1");
      assertThat(error.text("code")).isEqualTo("unknown_event");
      assertThat(error.text("event")).isEqualTo("chat:dance");
      assertThat(error.text("tempId")).isEqualTo("t1");
      assertThat(alice.await("error").text("code")).isEqualTo("unknown_event");
      alice.call(new SessionCommand.Ping());
    }
  }

  static Stream<Arguments> ids() {
    return Stream.of(
        Arguments.of("\"a\"", "a"),
        Arguments.of("\"" + "i".repeat(64) + "\"", "i".repeat(64)),
        Arguments.of("17", "17"),
        Arguments.of("-3", "-3"),
        Arguments.of("12345678901234567890123", "12345678901234567890123"),
        Arguments.of("\"\\u00e9\\ud83d\\ude00\"", "é😀"),
        Arguments.of("\"\\\"\\\\\"", "\"\\"));
  }

  @ParameterizedTest
  @MethodSource("ids")
  void echoesTheId(String json, String id) {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendText("{\"event\":\"session:ping\",\"id\":" + json + "}");

      Received ack = alice.await("ack");
      assertThat(ack.id()).isEqualTo(id);
      assertThat(ack.raw()).contains("\"id\":\"");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\"",
        "1.5",
        "true",
        "{}",
        "[\"a\"]",
        "\"a\\nb\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "1e400",
        "\"iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii\""
      })
  void refusesAnIdThatIsNone(String id) {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendText("{\"event\":\"session:ping\",\"id\":" + id + "}");

      Received error = alice.await("error");
      assertThat(error.id()).isNull();
      assertThat(error.text("code")).isEqualTo("bad_request");
      assertThat(error.text("field")).isEqualTo("id");
      assertThat(error.text("event")).isEqualTo("session:ping");
      assertNothingBeforePing(alice, frame -> frame.event().equals("ack"));
    }
  }

  @Test
  void answersACommandWithoutAnIdByNothing() {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.skip();
      alice.send(new SessionCommand.Ping());

      assertNothingBeforePing(alice, frame -> true);
    }
  }

  @Test
  void ignoresFieldsItDoesNotKnow() {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendText(
          """
          {"event":"session:ping","id":"1","data":{"mood":"good"},"version":[2]}\
          """);

      assertThat(alice.await("ack").id()).isEqualTo("1");
    }
  }

  @Test
  void endsAConnectionAfterTenFramesOfNoise() {
    try (GatewayClient alice = gateway.connect("alice")) {
      for (int i = 0; i < 9; i++) {
        alice.sendText("noise");
        alice.await("error");
      }
      alice.call(new SessionCommand.Ping());
      alice.sendText("noise");

      assertThat(alice.awaitClose(SOON).code()).isEqualTo(4029);
      assertThat(alice.await("error").text("code")).isEqualTo("bad_request");
      Received bye = alice.await("session:bye");
      assertThat(bye.number("code")).isEqualTo(4029);
      assertThat(bye.number("afterMs")).isPositive();
      assertThat(bye.data().path("reconnect").asBoolean()).isTrue();
    }
  }

  /** All in one packet: each is answered, none is lost. */
  @Test
  void endsAConnectionAfterTenFramesOfNoiseAtOnce() {
    try (RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token("alice"))) {
      ByteArrayOutputStream noise = new ByteArrayOutputStream();
      IntStream.range(0, 20).forEach(i -> noise.writeBytes(RawFrame.text("noise").bytes()));
      socket.write(noise.toByteArray());

      assertThat(socket.awaitClose(SOON).code()).isEqualTo(4029);
      assertThat(socket.seen()).filteredOn(frame -> frame.contains("bad_request")).hasSize(10);
    }
  }

  @Test
  void takesAClumsyClientForNoNoise() {
    try (GatewayClient alice = gateway.connect("alice")) {
      for (int i = 0; i < 15; i++) {
        alice.sendText("{\"event\":\"chat:dance\",\"id\":\"1\"}");
        alice.sendText("{\"event\":\"chat:join\",\"id\":\"2\",\"data\":{}}");
        alice.await("error");
        alice.await("error");
      }
      alice.call(new SessionCommand.Ping());
    }
  }

  @Test
  void takesOnlyText() {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.skip();
      alice.sendBinary("{\"event\":\"session:ping\",\"id\":\"1\"}".getBytes(UTF_8));

      assertThat(alice.awaitClose(SOON).code()).isEqualTo(4002);
      List<Received> frames = alice.received();
      assertThat(frames).extracting(Received::event).endsWith("error", "session:bye");
      assertThat(alice.await("error").text("code")).isEqualTo("unsupported_data");
      assertThat(alice.await("session:bye").number("code")).isEqualTo(4002);
    }
  }
}
