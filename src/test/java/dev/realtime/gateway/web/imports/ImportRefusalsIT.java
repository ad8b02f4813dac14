package dev.realtime.gateway.web.imports;

import static dev.realtime.gateway.support.ApiCalls.call;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** An import refuses a line without harm to the others. */
@Timeout(60)
class ImportRefusalsIT {

  @AutoClose private final ImportScene old = new ImportScene();

  private static void assertOutcome(JsonNode summary, String counts, String... failures) {
    assertThat(ImportScene.counts(summary)).isEqualTo(counts);
    assertThat(ImportScene.failures(summary)).containsExactly(failures);
  }

  @Test
  void putsNoOldMessageBehindANewOne() {
    old.bring(old.group(old.chat, old.said(1)));
    GatewayClient writer = old.scene.onFirst("alice");
    writer.call(message(old.chat, "newer"));

    JsonNode summary = old.bring(old.group(old.chat, old.said(1, 2)));

    assertThat(ImportScene.counts(summary))
        .isEqualTo("0 created, 0 extended, 0 unchanged, 1 failed");
    assertThat(summary.get("failures").toString())
        .contains("\"line\":1,\"code\":\"conflict\",\"field\":\"messages\"");
    assertThat(writer.call(history(old.chat)).get("messages").size()).isEqualTo(2);
  }

  @Test
  void putsNoHistoryBehindWhatFollowsIt() {
    old.bring(old.group(old.chat, old.said(1, 2)));
    old.bring(old.more(old.said(5, 6)));

    JsonNode summary = old.bring(old.more(old.said(3, 4)));
    JsonNode afterKnown = old.bring(old.more(old.said(2) + "," + old.said(7)));

    assertThat(ImportScene.failures(summary)).containsExactly("1 conflict messages");
    assertThat(ImportScene.failures(afterKnown)).containsExactly("1 conflict messages");
    assertThat(old.marks()).containsExactly("m1", "m2", "m5", "m6");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":\"%s\",\"messages\":[null]}",
        "{\"id\":\"%s\",\"messages\":[",
        "{\"id\":\"%s\",\"messages\":\"none\"}",
        "{\"messages\":[{\"id\":[\"m3\"]}],\"id\":\"%s\"}",
        "LONG"
      })
  void holdsBackWhatComesBehindARefusedLine(String refused) {
    String line =
        refused.equals("LONG")
            ? old.more("\"" + "x".repeat(NdjsonLines.MAX_BYTES) + "\"")
            : refused.formatted(old.chat);

    JsonNode summary =
        old.bring(
            old.group(old.chat, old.said(1, 2)),
            line,
            old.more(old.said(5, 6)),
            old.more(old.said(7, 8)),
            old.group(old.scene.user("other"), old.said(1)));

    assertThat(ImportScene.counts(summary))
        .isEqualTo("2 created, 0 extended, 0 unchanged, 3 failed");
    assertThat(ImportScene.failures(summary)).endsWith("3 conflict id", "4 conflict id");
    assertThat(summary.get("failures").toString())
        .contains("Line 2, of the same chat, was refused: send this one after it.");
    old.bring(
        old.group(old.chat, old.said(1, 2)),
        old.more(old.said(3, 4)),
        old.more(old.said(5, 6)),
        old.more(old.said(7, 8)));
    assertThat(old.marks()).containsExactly("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8");
  }

  @Test
  void refusesALineOfNothings() {
    JsonNode summary =
        old.bring(
            "null",
            unread("a", "\"x\":null"),
            unread("b", "\"x\\u0000\":1"),
            unread("c", "\"x\":-1"),
            old.group(old.scene.user("d"), "null"),
            old.group(old.scene.user("e"), old.said(2) + "," + old.said(1)),
            "[]",
            "7",
            old.group(old.scene.user("f"), old.said(1)));

    assertOutcome(
        summary,
        "1 created, 0 extended, 0 unchanged, 8 failed",
        "1 bad_request -",
        "2 bad_request unread",
        "3 bad_request unread",
        "4 bad_request unread",
        "5 bad_request messages",
        "6 bad_request messages",
        "7 bad_request -",
        "8 bad_request -");
  }

  @Test
  void goesOnAfterABadLine() {
    String pair = "{\"id\":\"%s\",\"type\":\"direct\",\"memberIds\":[\"%s\",\"%s\"]}";
    // Before: which of two in one import is the first is nobody's promise.
    old.bring(pair.formatted(old.scene.user("f"), old.alice, old.bob));

    JsonNode summary =
        old.bring(
            old.group(old.chat, old.said(1)),
            "{",
            "{\"id\":\"%s\",\"messages\":[]}".formatted(old.scene.user("none")),
            "{\"id\":\"" + "x".repeat(NdjsonLines.MAX_BYTES) + "\"}",
            old.group(old.scene.user("b"), old.said(1).replace("message 1", " ")),
            old.group(old.scene.user("c"), old.said(1).replace("2020-", "9999-")),
            old.group(old.scene.user("d"), old.said(1) + "," + old.said(1)),
            old.group(old.scene.user("e"), old.said(1, ",\"replyTo\":\"m0\"")),
            old.group(old.scene.user("f2"), old.said(1)),
            pair.formatted(old.scene.user("g"), old.bob, old.alice),
            "{\"id\":\"h\",\"type\":\"trio\"}",
            old.group(old.scene.user("i"), old.said(1)));

    assertOutcome(
        summary,
        "3 created, 0 extended, 0 unchanged, 9 failed",
        "2 bad_request -",
        "3 not_found id",
        "4 too_large -",
        "5 bad_request content",
        "6 bad_request createdAt",
        "7 bad_request messages",
        "8 not_found replyTo",
        "10 conflict memberIds",
        "11 bad_request type");
    assertThat(
            call(old.scene.first(), "GET", "/api/v1/rooms/chat/" + old.scene.user("e"), null)
                .status())
        .as("nothing of a refused line")
        .isEqualTo(404);
  }

  private String unread(String name, String counts) {
    return "{\"id\":\"%s\",\"type\":\"group\",\"memberIds\":[\"x\"],\"unread\":{%s}}"
        .formatted(old.scene.user(name), counts);
  }
}
