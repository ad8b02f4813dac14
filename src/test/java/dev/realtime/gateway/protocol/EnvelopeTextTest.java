package dev.realtime.gateway.protocol;

import static dev.realtime.gateway.protocol.Decoding.accepted;
import static dev.realtime.gateway.protocol.Decoding.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.Inbound.Accepted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which text an envelope may carry, and that it stays as it was sent. */
class EnvelopeTextTest {

  private static String message(String content) {
    return """
    {"event":"chat:message","id":"7","data":{"chatId":"c1","tempId":"t1","content":%s}}\
    """
        .formatted(content);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\u0000",
        "a\\u0000b",
        "\\ud800",
        "\\udc00",
        "a\\ud83d",
        "\\ude00\\ud83d",
        "\\uD83D\\uD83D\\uDE00"
      })
  void refusesTextThatCannotBeStored(String text) {
    assertRefused(message('"' + text + '"'), "content", "7", "chat:message", "t1");
    assertRefused(frame("\"chatId\":\"" + text + "\""), "chatId", "7", "chat:join", null);
    assertRefused(
        frame("\"chatId\":\"c\",\"x\":[{\"y\":\"" + text + "\"}]"), "x", "7", "chat:join", null);
    assertRefused(
        frame("\"chatId\":\"c\",\"x\":{\"" + text + "\":1}"), "x", "7", "chat:join", null);
    assertRefused(frame("\"chatId\":\"c\",\"" + text + "\":1"), "data", "7", "chat:join", null);
    assertRefused(
        "{\"event\":\"session:ping\",\"id\":\"7\",\"x\":\"" + text + "\"}",
        "x",
        "7",
        "session:ping",
        null);
    assertRefused(
        "{\"event\":\"session:ping\",\"id\":\"7\",\"" + text + "\":1}",
        null,
        "7",
        "session:ping",
        null);
    assertRefused("{\"event\":\"" + text + "\",\"id\":\"7\"}", "event", "7", null, null);
    assertRefused(
        "{\"event\":\"chat:join\",\"id\":\"7\",\"data\":\"" + text + "\"}",
        "data",
        "7",
        "chat:join",
        null);
  }

  private static String frame(String fields) {
    return "{\"event\":\"chat:join\",\"id\":\"7\",\"data\":{" + fields + "}}";
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\ud83d\\ude00", "\\uD83D\\uDE00", "\\\\ud800", "a\\u00e9", "\\u200d"})
  void takesEscapesOfRealText(String text) {
    accepted(message('"' + text + '"'));
  }

  @Test
  void keepsContentAsItWasSent() {
    Accepted accepted = accepted(message("\" a\\r\\n\\tb\\u200b e\\u0301 \""));

    assertThat(((SendMessage) accepted.command()).content()).isEqualTo(" a\r\n\tb\u200b e\u0301 ");
  }
}
