package dev.realtime.gateway.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.Closed;
import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that break RFC 6455: the client sees 1002 or 1007, and nobody else anything. */
@Timeout(60)
class BrokenFrameIT extends AttackedGateway {

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final String PING = "{\"event\":\"session:ping\",\"id\":\"1\"}";

  static Stream<Arguments> brokenFrames() {
    return Stream.of(
        Arguments.of("not masked", RawFrame.text(PING).unmasked().bytes()),
        Arguments.of("RSV1", RawFrame.text(PING).reserved(4).bytes()),
        Arguments.of("RSV2", RawFrame.text(PING).reserved(2).bytes()),
        Arguments.of("RSV3", RawFrame.text(PING).reserved(1).bytes()),
        Arguments.of("unknown data opcode", RawFrame.of(3, new byte[1]).bytes()),
        Arguments.of("unknown control opcode", RawFrame.of(11, new byte[1]).bytes()),
        Arguments.of("long control frame", RawFrame.ping("p".repeat(126)).bytes()),
        Arguments.of("fragmented control frame", RawFrame.ping("p").unfinished().bytes()),
        Arguments.of("continuation of nothing", RawFrame.continuation("x").bytes()),
        Arguments.of("close of one byte", RawFrame.of(RawFrame.CLOSE, new byte[1]).bytes()),
        Arguments.of("long close frame", RawFrame.close(1000, "x".repeat(124)).bytes()),
        Arguments.of(
            "a length not in its shortest form", HexFormat.of().parseHex("81fe000500000000")),
        Arguments.of("a negative length", HexFormat.of().parseHex("81ffffffffffffffffff00000000")),
        Arguments.of("not WebSocket at all", "GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenFrames")
  void endsWithProtocolError(String what, byte[] bytes) {
    try (RawSocket socket = welcomed()) {
      socket.write(bytes);

      assertThat(socket.awaitText("session:bye", SOON)).contains("1002");
      assertThat(socket.awaitClose(SOON).code()).isEqualTo(1002);
    }
  }

  /** RFC 6455, section 7.4: codes that no endpoint may send, or that nobody has defined. */
  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 9999, 32_768, 65_535})
  void answersACloseWithAForbiddenCodeByProtocolError(int code) {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.close(code, "leaving"));

      assertThat(socket.awaitClose(SOON).code()).isEqualTo(1002);
      assertEnds(socket);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999})
  void echoesACloseWithAPermittedCode(int code) {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.close(code, "€".repeat(41)));

      assertThat(socket.awaitClose(SOON).code()).isEqualTo(code);
      assertEnds(socket);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"03e8ff", "03e8e282", "03e8eda080", "03e8c0af", "0fa068656c6c6f80"})
  void answersACloseWithBrokenWordsByInvalidText(String payload) {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.of(RawFrame.CLOSE, HexFormat.of().parseHex(payload)));

      assertThat(socket.awaitClose(SOON).code()).isEqualTo(1007);
      assertEnds(socket);
    }
  }

  @Test
  void answersAForbiddenCodeThatComesByteByByte() {
    try (RawSocket socket = welcomed()) {
      for (byte next : RawFrame.close(1005, "words").bytes()) {
        socket.write(new byte[] {next});
      }

      assertThat(socket.awaitClose(SOON).code()).isEqualTo(1002);
      assertEnds(socket);
    }
  }

  /** What follows the broken frame must not make the answer disappear in a reset. */
  @RepeatedTest(20)
  void showsTheProtocolErrorToAClientThatGoesOnSending() {
    try (RawSocket socket = welcomed()) {
      byte[] rest = new byte[64 * 1024];
      socket.write(RawFrame.text(PING).reserved(4).bytes());
      for (int i = 0; i < 10; i++) {
        socket.tryWrite(rest);
      }

      assertThat(socket.awaitClose(SOON).code()).isEqualTo(1002);
    }
  }

  @Test
  void endsATextWithinAText() {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.text("{\"event\":").unfinished());
      socket.send(RawFrame.text(PING));

      assertThat(socket.awaitClose(SOON).code()).isEqualTo(1002);
      assertEnds(socket);
    }
  }

  static Stream<String> invalidUtf8() {
    return Stream.of(
        "ff", // no byte of UTF-8
        "c0af", // overlong
        "eda080", // a surrogate
        "f4908080", // beyond U+10FFFF
        "e282", // cut short
        "80"); // a continuation byte alone
  }

  @ParameterizedTest
  @MethodSource("invalidUtf8")
  void endsWithInvalidText(String hex) {
    byte[] text = "{\"event\":\"session:ping\",\"x\":\"@\"}".getBytes(UTF_8);
    byte[] broken = HexFormat.of().parseHex(hex);
    byte[] payload = new byte[text.length - 1 + broken.length];
    int at = new String(text, UTF_8).indexOf('@');
    System.arraycopy(text, 0, payload, 0, at);
    System.arraycopy(broken, 0, payload, at, broken.length);
    System.arraycopy(text, at + 1, payload, at + broken.length, text.length - at - 1);
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.of(RawFrame.TEXT, payload));

      assertThat(socket.awaitText("session:bye", SOON)).contains("1007");
      assertThat(socket.awaitClose(SOON).code()).isEqualTo(1007);
    }
  }

  @Test
  void endsWithInvalidTextAcrossFragments() {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.of(RawFrame.TEXT, HexFormat.of().parseHex("22e2")).unfinished());
      socket.send(RawFrame.of(RawFrame.CONTINUATION, HexFormat.of().parseHex("8222")));

      assertThat(socket.awaitClose(SOON).code()).isEqualTo(1007);
    }
  }

  @Test
  void takesACharacterInTwoFragments() {
    byte[] text = "{\"event\":\"session:ping\",\"id\":\"€\"}".getBytes(UTF_8);
    int middle = "{\"event\":\"session:ping\",\"id\":\"".length() + 1;
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.of(RawFrame.TEXT, java.util.Arrays.copyOf(text, middle)).unfinished());
      socket.send(RawFrame.ping("between"));
      socket.send(
          RawFrame.of(
              RawFrame.CONTINUATION, java.util.Arrays.copyOfRange(text, middle, text.length)));

      assertThat(socket.await("pong", frame -> frame.opcode() == RawFrame.PONG, SOON).text())
          .isEqualTo("between");
      assertThat(socket.awaitText("\"ack\"", SOON)).contains("€");
    }
  }

  /** The replacement character is a character like any other. */
  @Test
  void takesAReplacementCharacterForText() {
    try (RawSocket socket = welcomed()) {
      socket.sendText("{\"event\":\"session:ping\",\"id\":\"\uFFFD\"}");

      assertThat(socket.awaitText("\"ack\"", SOON)).contains("\uFFFD");
    }
  }

  @Test
  void answersAPing() {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.ping("p".repeat(125)));

      assertThat(socket.await("pong", frame -> frame.opcode() == RawFrame.PONG, SOON).text())
          .isEqualTo("p".repeat(125));
    }
  }

  /** Pings nobody reads the answers of must not pile up answers. */
  @Test
  void readsNoFurtherWhilePongsAreNotRead() {
    try (RawSocket socket = welcomed()) {
      byte[] ping = RawFrame.ping("p".repeat(125)).bytes();
      byte[] many = new byte[ping.length * 1_000];
      for (int i = 0; i < 1_000; i++) {
        System.arraycopy(ping, 0, many, i * ping.length, ping.length);
      }
      assertThat(socket.stallsWithin(many, 64L << 20, Duration.ofMillis(500))).isTrue();
    }
  }

  private static RawSocket welcomed() {
    RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token("alice"));
    socket.awaitText("session:welcome", SOON);
    return socket;
  }

  /** After the close frame nothing, and soon the end of the TCP connection. */
  private static void assertEnds(RawSocket socket) {
    RawFrame more = socket.read(SOON);
    assertThat(more).as("seen %s", Objects.requireNonNullElse(more, Closed.ABNORMAL)).isNull();
  }
}
