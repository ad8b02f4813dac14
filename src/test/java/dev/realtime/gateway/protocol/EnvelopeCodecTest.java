package dev.realtime.gateway.protocol;

import static dev.realtime.gateway.protocol.Decoding.accepted;
import static dev.realtime.gateway.protocol.Decoding.assertRefused;
import static dev.realtime.gateway.protocol.Decoding.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Inbound.Accepted;
import dev.realtime.gateway.protocol.Inbound.Refused;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The envelope against whatever a client may send. */
class EnvelopeCodecTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "[]",
        "7",
        "{}",
        "{\"event\":7}",
        "{\"event\":\"chat:list\",\"id\":\"\"}",
        "{\"event\":\"chat:list\"} {}",
        "{\"event\":\"chat:join\",\"data\":\"\\u0000\"}"
      })
  void countsWhatIsNoCommand(String frame) {
    assertThat(refused(frame).undecodable()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"event\":\"chat:nothing\"}",
        "{\"event\":\"chat:join\"}",
        "{\"event\":\"chat:join\",\"data\":[]}",
        "{\"event\":\"chat:message\",\"data\":{\"chatId\":\"c1\",\"content\":\" \"}}"
      })
  void doesNotCountACommandThatDoesNotFit(String frame) {
    assertThat(refused(frame).undecodable()).isFalse();
  }

  private static String message(String content) {
    return """
    {"event":"chat:message","id":"7","data":{"chatId":"c1","tempId":"t1","content":%s}}\
    """
        .formatted(content);
  }

  static Stream<String> notOneObject() {
    String nested = "[".repeat(3_000) + "]".repeat(3_000);
    return Stream.of(
        "",
        " ",
        "hello",
        "{",
        "[]",
        "[1]",
        "\"text\"",
        "17",
        "null",
        "true",
        "{\"event\":}",
        "{event:\"session:ping\"}",
        "{'event':'session:ping'}",
        "\uFEFF{\"event\":\"session:ping\"}",
        "{\"event\":\"session:ping\"} {\"event\":\"session:ping\"}",
        "{\"event\":\"session:ping\"}1",
        "{\"event\":\"session:ping\"}x",
        "{\"event\":\"session:ping\",}",
        "{\"event\":\"session:ping\"/*hi*/}",
        "{\"event\":\"session:ping\",\"n\":NaN}",
        "{\"event\":\"session:ping\",\"n\":\"\u0000\"}",
        "{\"event\":\"a\\ud\"}",
        "\u0000",
        nested,
        "{\"event\":\"session:ping\",\"id\":\"1\",\"data\":" + nested + "}",
        "{\"a\":".repeat(3_000) + "1" + "}".repeat(3_000),
        "{\"event\":\"session:ping\",\"n\":" + "9".repeat(2_000) + "}");
  }

  @ParameterizedTest
  @MethodSource("notOneObject")
  void refusesWhatIsNotExactlyOneObject(String frame) {
    assertRefused(frame, null, null, null, null);
  }

  @Test
  void nestsToThirtyTwo() {
    String deepest = "{\"event\":\"session:ping\",\"x\":" + "[".repeat(31) + "]".repeat(31) + "}";
    String tooDeep = "{\"event\":\"session:ping\",\"x\":" + "[".repeat(32) + "]".repeat(32) + "}";

    accepted(deepest);
    assertRefused(tooDeep, null, null, null, null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":\"7\"}",
        "{\"id\":\"7\",\"event\":null}",
        "{\"id\":\"7\",\"event\":5}",
        "{\"id\":\"7\",\"event\":{}}",
        "{\"id\":\"7\",\"event\":[]}",
        "{\"id\":\"7\",\"event\":true}"
      })
  void refusesAFrameWithoutEvent(String frame) {
    assertRefused(frame, "event", "7", null, null);
  }

  @Test
  void tellsAnUnknownEventWithoutCountingIt() {
    Refused refused =
        refused("{\"event\":\"chat:dance\",\"id\":\"7\",\"data\":{\"tempId\":\"t1\"}}");

    assertThat(refused.why().code()).isEqualTo(ErrorCode.UNKNOWN_EVENT);
    assertThat(refused.id()).isEqualTo("7");
    assertThat(refused.event()).isEqualTo("chat:dance");
    assertThat(refused.tempId()).isEqualTo("t1");
    assertThat(refused.undecodable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "ack", "error", "Chat:join", "chat:join ", "session:welcome", "toString"})
  void doesNotKnowEventsThatAreNoCommands(String event) {
    assertThat(refused("{\"event\":\"" + event + "\"}").why().code())
        .isEqualTo(ErrorCode.UNKNOWN_EVENT);
  }

  @Test
  void doesNotEchoAnEndlessEvent() {
    assertThat(refused("{\"event\":\"" + "e".repeat(129) + "\"}").event()).isNull();
  }

  @Test
  void takesAbsentDataForNone() {
    accepted("{\"event\":\"session:ping\"}");
    accepted("{\"event\":\"session:ping\",\"data\":null}");
    accepted("{\"event\":\"chat:list\",\"id\":\"7\"}");
    assertRefused("{\"event\":\"chat:join\",\"id\":\"7\"}", "chatId", "7", "chat:join", null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "1.5", "true", "[]", "\"c1\"", "\"\""})
  void refusesDataThatIsNoObject(String data) {
    assertRefused(
        "{\"event\":\"chat:message\",\"id\":\"7\",\"data\":" + data + "}",
        "data",
        "7",
        "chat:message",
        null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "true", "[]", "[\"c1\"]"})
  void takesOnlyTextForAShortForm(String data) {
    assertRefused(
        "{\"event\":\"chat:join\",\"id\":\"7\",\"data\":" + data + "}",
        "data",
        "7",
        "chat:join",
        null);
  }

  @Test
  void checksShortFormsLikeLongOnes() {
    assertRefused("{\"event\":\"chat:join\",\"data\":\"\"}", "chatId", null, "chat:join", null);
    assertRefused(
        "{\"event\":\"chat:join\",\"data\":\"" + "c".repeat(129) + "\"}",
        "chatId",
        null,
        "chat:join",
        null);
    accepted("{\"event\":\"chat:join\",\"data\":\"" + "c".repeat(128) + "\"}");
  }

  @Test
  void echoesTheId() {
    assertThat(accepted("{\"event\":\"session:ping\",\"id\":\"a\"}").id()).isEqualTo("a");
    assertThat(accepted("{\"event\":\"session:ping\",\"id\":17}").id()).isEqualTo("17");
    assertThat(accepted("{\"event\":\"session:ping\",\"id\":-1}").id()).isEqualTo("-1");
    String digits = "12345678901234567890123456789012345678901234567890";
    assertThat(accepted("{\"event\":\"session:ping\",\"id\":" + digits + "}").id())
        .isEqualTo(digits);
    assertThat(accepted("{\"event\":\"session:ping\"}").id()).isNull();
    assertThat(accepted("{\"event\":\"session:ping\",\"id\":null}").id()).isNull();
    String longest = "i".repeat(64);
    assertThat(accepted("{\"event\":\"session:ping\",\"id\":\"" + longest + "\"}").id())
        .isEqualTo(longest);
  }

  static List<String> badIds() {
    return List.of(
        "\"\"",
        "\"" + "i".repeat(65) + "\"",
        "1.5",
        "1e3",
        "true",
        "{}",
        "[]",
        "[\"7\"]",
        "\"a\\u0000\"",
        "\"a\\nb\"",
        "\"\\ud800\"",
        "9".repeat(65));
  }

  @ParameterizedTest
  @MethodSource("badIds")
  void refusesABadIdWithoutIt(String id) {
    assertRefused(
        "{\"event\":\"chat:message\",\"id\":"
            + id
            + ",\"data\":{\"chatId\":\"c1\",\"tempId\":\"t1\",\"content\":\"hi\"}}",
        "id",
        null,
        "chat:message",
        "t1");
  }

  @Test
  void ignoresUnknownFields() {
    Accepted accepted =
        accepted(
            """
            {"event":"chat:join","id":"7","version":3,"data":
             {"chatId":"c1","more":{"x":[1,null,"\\ud83d\\ude00"]}}}\
            """);

    assertThat(accepted.command()).isEqualTo(new ChatCommand.JoinChat("c1", null));
  }

  @Test
  void takesTheLastOfEqualKeys() {
    Accepted accepted =
        accepted(
            "{\"event\":\"x\",\"event\":\"chat:join\",\"data\":{\"chatId\":\"a\",\"chatId\":\"b\"}}");

    assertThat(accepted.command()).isEqualTo(new ChatCommand.JoinChat("b", null));
  }

  @Test
  void keepsIdAndTempIdOfARefusedCommand() {
    assertRefused(message("5"), "content", "7", "chat:message", "t1");
    assertRefused(message("\"\""), "content", "7", "chat:message", "t1");
    assertRefused(message("null"), "content", "7", "chat:message", "t1");
  }

  @Test
  void doesNotEchoABadTempId() {
    assertRefused(
        "{\"event\":\"chat:message\",\"data\":{\"chatId\":\"c\",\"content\":\"a\",\"tempId\":5}}",
        "tempId",
        null,
        "chat:message",
        null);
    assertRefused(
        "{\"event\":\"chat:message\",\"data\":{\"chatId\":\"c\",\"content\":\"a\",\"tempId\":\""
            + "t".repeat(129)
            + "\"}}",
        "tempId",
        null,
        "chat:message",
        null);
  }
}
