package dev.realtime.gateway.web.imports;

import static dev.realtime.gateway.support.ApiCalls.call;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Scene;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Existing chats come with their history, once, however often they are brought. */
@Timeout(60)
class ImportIT {

  @AutoClose private final Scene scene = new Scene();

  private final String alice = scene.user("alice");
  private final String bob = scene.user("bob");
  private final String chat = scene.user("old");

  private ApiCalls.Answer importing(String... lines) {
    return OpenImport.whole(scene.first(), lines);
  }

  private JsonNode bring(String... lines) {
    var answer = importing(lines);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    return answer.body();
  }

  private static String counts(JsonNode summary) {
    return "%s created, %s extended, %s unchanged, %s failed"
        .formatted(
            summary.get("created"),
            summary.get("extended"),
            summary.get("unchanged"),
            summary.get("failed"));
  }

  private String group(String id, String messages) {
    return """
    {"id":"%s","type":"group","title":"Old","memberIds":["%s","%s"],"adminIds":["%s"],\
    "createdAt":"2019-01-01T00:00:00Z","messages":[%s],"unread":{"%s":1}}\
    """
        .formatted(id, alice, bob, alice, messages, bob);
  }

  private String said(int number) {
    return said(number, "");
  }

  private String said(int number, String more) {
    return """
    {"id":"m%d","senderId":"%s","content":"message %d","createdAt":"2020-01-01T00:%02d:00Z"%s}\
    """
        .formatted(number, number % 2 == 0 ? alice : bob, number, number, more);
  }

  private String said(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(this::said).collect(Collectors.joining(","));
  }

  @Test
  void bringsAChatWithItsHistory() {
    String edited =
        said(3, ",\"replyTo\":\"m1\",\"editedAt\":\"2021-01-01T00:00:00Z\",\"mentions\":[\"x\"]");

    JsonNode summary = bring(group(chat, said(1, 2) + "," + edited));

    assertThat(counts(summary)).isEqualTo("1 created, 0 extended, 0 unchanged, 0 failed");
    GatewayClient reader = scene.onSecond("bob");
    JsonNode joined = reader.call(join(chat));
    assertThat(joined.get("title").asString()).isEqualTo("Old");
    assertThat(joined.get("lastSeq").asLong()).isEqualTo(3);
    assertThat(joined.get("lastRev").asLong()).isEqualTo(3);
    assertThat(joined.get("unread").asLong()).isEqualTo(1);
    assertThat(joined.get("members").get(0).get("role").asString()).isEqualTo("admin");
    assertThat(joined.get("members").get(0).get("readSeq").asLong()).isEqualTo(3);
    JsonNode messages = reader.call(history(chat)).get("messages");
    assertThat(messages.valueStream().map(each -> each.get("seq").asInt()))
        .containsExactly(1, 2, 3);
    assertThat(messages.valueStream().map(each -> each.get("rev").asInt()))
        .containsExactly(1, 2, 3);
    assertThat(messages.get(0).get("content").asString()).isEqualTo("message 1");
    assertThat(messages.get(0).get("createdAt").asString()).isEqualTo("2020-01-01T00:01:00.000Z");
    assertThat(messages.get(0).get("tempId").asString()).isEqualTo("m1");
    assertThat(messages.get(2).get("replyTo")).isEqualTo(messages.get(0).get("id"));
    assertThat(messages.get(2).get("editedAt").asString()).isEqualTo("2021-01-01T00:00:00.000Z");
    GatewayClient writer = scene.onFirst("alice");
    assertThat(writer.call(message(chat, "now")).get("seq").asLong()).isEqualTo(4);
    assertThat(reader.await("chat:message").number("rev")).isEqualTo(4);
  }

  @Test
  void notifiesNobodyOfItsMentions() {
    String fresh =
        """
        {"id":"m1","senderId":"%s","content":"@bob","createdAt":"%s","mentions":["%s"]}\
        """
            .formatted(alice, Instant.now(), bob);

    assertThat(counts(bring(group(chat, fresh)))).startsWith("1 created");

    // A recorded mention is here until its notification is.
    assertThat(
            scene
                .first()
                .bean(Database.class)
                .sql(
                    """
                    select (select count(*) from pending_mentions where chat_id = :chat)
                         + (select count(*) from notifications where user_id = :bob) as told
                    """)
                .bind("chat", chat)
                .bind("bob", bob)
                .map(row -> row.number("told"))
                .one()
                .block(Duration.ofSeconds(5)))
        .isZero();
  }

  @Test
  void changesNothingTheSecondTime() {
    String file = group(chat, said(1, 4));
    bring(file);
    GatewayClient writer = scene.onFirst("alice");
    writer.call(message(chat, "newer"));
    JsonNode before = writer.call(history(chat));

    assertThat(counts(bring(file, file))).isEqualTo("0 created, 0 extended, 2 unchanged, 0 failed");

    assertThat(writer.call(history(chat))).isEqualTo(before);
    assertThat(writer.call(join(chat)).get("lastRev").asLong()).isEqualTo(5);
  }

  @Test
  void continuesAHistoryOverSeveralLines() {
    GatewayClient reader = scene.onSecond("bob");

    JsonNode summary =
        bring(
            group(chat, said(1, 2)),
            "{\"id\":\"%s\",\"messages\":[%s]}".formatted(chat, said(3, 5)),
            "",
            "{\"id\":\"%s\",\"messages\":[%s]}"
                .formatted(chat, said(5) + "," + said(6, ",\"replyTo\":\"m2\"")));

    assertThat(counts(summary)).isEqualTo("1 created, 2 extended, 0 unchanged, 0 failed");
    JsonNode messages = reader.call(history(chat)).get("messages");
    assertThat(messages.valueStream().map(each -> each.get("tempId").asString()))
        .containsExactly("m1", "m2", "m3", "m4", "m5", "m6");
    assertThat(messages.get(5).get("replyTo")).isEqualTo(messages.get(1).get("id"));
    assertThat(reader.call(join(chat)).get("unread").asLong()).isZero();
  }

  @Test
  void showsTheRoomWhatCameLate() {
    bring(group(chat, said(1)));
    GatewayClient reader = scene.onSecond("bob");
    reader.call(join(chat));

    bring("{\"id\":\"%s\",\"messages\":[%s]}".formatted(chat, said(2)));

    assertThat(reader.await("chat:message", Duration.ofSeconds(25)).number("seq")).isEqualTo(2);
  }

  @Test
  void putsNoOldMessageBehindANewOne() {
    bring(group(chat, said(1)));
    GatewayClient writer = scene.onFirst("alice");
    writer.call(message(chat, "newer"));

    JsonNode summary = bring(group(chat, said(1, 2)));

    assertThat(counts(summary)).isEqualTo("0 created, 0 extended, 0 unchanged, 1 failed");
    assertThat(summary.get("failures").toString())
        .contains("\"line\":1,\"code\":\"conflict\",\"field\":\"messages\"");
    assertThat(writer.call(history(chat)).get("messages").size()).isEqualTo(2);
  }

  @Test
  void putsNoHistoryBehindWhatFollowsIt() {
    bring(group(chat, said(1, 2)));
    bring(more(said(5, 6)));

    JsonNode summary = bring(more(said(3, 4)));
    JsonNode afterKnown = bring(more(said(2) + "," + said(7)));

    assertThat(failures(summary)).containsExactly("1 conflict messages");
    assertThat(failures(afterKnown)).containsExactly("1 conflict messages");
    assertThat(marks()).containsExactly("m1", "m2", "m5", "m6");
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
            ? more("\"" + "x".repeat(NdjsonLines.MAX_BYTES) + "\"")
            : refused.formatted(chat);

    JsonNode summary =
        bring(
            group(chat, said(1, 2)),
            line,
            more(said(5, 6)),
            more(said(7, 8)),
            group(scene.user("other"), said(1)));

    assertThat(counts(summary)).isEqualTo("2 created, 0 extended, 0 unchanged, 3 failed");
    assertThat(failures(summary)).endsWith("3 conflict id", "4 conflict id");
    assertThat(summary.get("failures").toString())
        .contains("Line 2, of the same chat, was refused: send this one after it.");
    bring(group(chat, said(1, 2)), more(said(3, 4)), more(said(5, 6)), more(said(7, 8)));
    assertThat(marks()).containsExactly("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8");
  }

  private String more(String messages) {
    return "{\"id\":\"%s\",\"messages\":[%s]}".formatted(chat, messages);
  }

  private List<String> marks() {
    return scene
        .onSecond("bob")
        .call(history(chat))
        .get("messages")
        .valueStream()
        .map(each -> each.get("tempId").asString())
        .toList();
  }

  private static List<String> failures(JsonNode summary) {
    return summary
        .get("failures")
        .valueStream()
        .map(each ->
            each.get("line").asInt()
                + " "
                + each.get("code").asString()
                + " "
                + each.path("field").asString("-"))
        .toList();
  }

  @Test
  void refusesALineOfNothings() {
    JsonNode summary =
        bring(
            "null",
            unread("a", "\"x\":null"),
            unread("b", "\"x\\u0000\":1"),
            unread("c", "\"x\":-1"),
            group(scene.user("d"), "null"),
            group(scene.user("e"), said(2) + "," + said(1)),
            "[]",
            "7",
            group(scene.user("f"), said(1)));

    assertThat(counts(summary)).isEqualTo("1 created, 0 extended, 0 unchanged, 8 failed");
    assertThat(failures(summary))
        .containsExactly(
            "1 bad_request -",
            "2 bad_request unread",
            "3 bad_request unread",
            "4 bad_request unread",
            "5 bad_request messages",
            "6 bad_request messages",
            "7 bad_request -",
            "8 bad_request -");
  }

  private String unread(String name, String counts) {
    return "{\"id\":\"%s\",\"type\":\"group\",\"memberIds\":[\"x\"],\"unread\":{%s}}"
        .formatted(scene.user(name), counts);
  }

  @Test
  void goesOnAfterABadLine() {
    String pair = "{\"id\":\"%s\",\"type\":\"direct\",\"memberIds\":[\"%s\",\"%s\"]}";
    // Before: which of two in one import is the first is nobody's promise.
    bring(pair.formatted(scene.user("f"), alice, bob));

    JsonNode summary =
        bring(
            group(chat, said(1)),
            "{",
            "{\"id\":\"%s\",\"messages\":[]}".formatted(scene.user("none")),
            "{\"id\":\"" + "x".repeat(NdjsonLines.MAX_BYTES) + "\"}",
            group(scene.user("b"), said(1).replace("message 1", " ")),
            group(scene.user("c"), said(1).replace("2020-", "9999-")),
            group(scene.user("d"), said(1) + "," + said(1)),
            group(scene.user("e"), said(1, ",\"replyTo\":\"m0\"")),
            group(scene.user("f2"), said(1)),
            pair.formatted(scene.user("g"), bob, alice),
            "{\"id\":\"h\",\"type\":\"trio\"}",
            group(scene.user("i"), said(1)));

    assertThat(counts(summary)).isEqualTo("3 created, 0 extended, 0 unchanged, 9 failed");
    assertThat(failures(summary))
        .containsExactly(
            "2 bad_request -",
            "3 not_found id",
            "4 too_large -",
            "5 bad_request content",
            "6 bad_request createdAt",
            "7 bad_request messages",
            "8 not_found replyTo",
            "10 conflict memberIds",
            "11 bad_request type");
    assertThat(call(scene.first(), "GET", "/api/v1/rooms/chat/" + scene.user("e"), null).status())
        .as("nothing of a refused line")
        .isEqualTo(404);
  }

  @Test
  void goesOnWithTheSameFileAfterABreak() throws IOException {
    List<String> lines =
        IntStream.range(0, 200).mapToObj(i -> group(chat + i, said(1, 3))).toList();
    try (var _ = new OpenImport(scene.first(), lines.subList(0, 120))) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              call(scene.first(), "GET", "/api/v1/rooms/chat/" + chat + 20, null).status() == 200);
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> importing("", "").status() == 200);

    JsonNode summary = bring(lines.toArray(String[]::new));

    assertThat(summary.get("unchanged").asInt()).isBetween(1, 120);
    assertThat(summary.get("created").asInt() + summary.get("unchanged").asInt()).isEqualTo(200);
    assertThat(counts(bring(lines.toArray(String[]::new))))
        .isEqualTo("0 created, 0 extended, 200 unchanged, 0 failed");
  }
}
