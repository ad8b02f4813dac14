package dev.realtime.gateway.web.imports;

import static dev.realtime.gateway.support.ApiCalls.call;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.store.Database;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Existing chats come with their history, once, however often they are imported. */
@Timeout(60)
class ImportIT {

  @AutoClose private final ImportScene old = new ImportScene();

  @Test
  void bringsAChatWithItsHistory() {
    String edited =
        old.said(
            3, ",\"replyTo\":\"m1\",\"editedAt\":\"2021-01-01T00:00:00Z\",\"mentions\":[\"x\"]");

    JsonNode summary = old.bring(old.group(old.chat, old.said(1, 2) + "," + edited));

    assertThat(ImportScene.counts(summary))
        .isEqualTo("1 created, 0 extended, 0 unchanged, 0 failed");
    GatewayClient reader = old.scene.onSecond("bob");
    JsonNode joined = reader.call(join(old.chat));
    assertThat(joined.get("title").asString()).isEqualTo("Old");
    assertThat(joined.get("lastSeq").asLong()).isEqualTo(3);
    assertThat(joined.get("lastRev").asLong()).isEqualTo(3);
    assertThat(joined.get("unread").asLong()).isEqualTo(1);
    assertThat(joined.get("members").get(0).get("role").asString()).isEqualTo("admin");
    assertThat(joined.get("members").get(0).get("readSeq").asLong()).isEqualTo(3);
    JsonNode messages = reader.call(history(old.chat)).get("messages");
    assertThat(messages.valueStream().map(each -> each.get("seq").asInt()))
        .containsExactly(1, 2, 3);
    assertThat(messages.valueStream().map(each -> each.get("rev").asInt()))
        .containsExactly(1, 2, 3);
    assertThat(messages.get(0).get("content").asString()).isEqualTo("message 1");
    assertThat(messages.get(0).get("createdAt").asString()).isEqualTo("2020-01-01T00:01:00.000Z");
    assertThat(messages.get(0).get("tempId").asString()).isEqualTo("m1");
    assertThat(messages.get(2).get("replyTo")).isEqualTo(messages.get(0).get("id"));
    assertThat(messages.get(2).get("editedAt").asString()).isEqualTo("2021-01-01T00:00:00.000Z");
    GatewayClient writer = old.scene.onFirst("alice");
    assertThat(writer.call(message(old.chat, "now")).get("seq").asLong()).isEqualTo(4);
    assertThat(reader.await("chat:message").number("rev")).isEqualTo(4);
  }

  @Test
  void notifiesNobodyOfItsMentions() {
    String fresh =
        """
        {"id":"m1","senderId":"%s","content":"@bob","createdAt":"%s","mentions":["%s"]}\
        """
            .formatted(old.alice, Instant.now(), old.bob);

    assertThat(ImportScene.counts(old.bring(old.group(old.chat, fresh)))).startsWith("1 created");

    // A recorded mention is here until its notification is.
    assertThat(
            old.scene
                .first()
                .bean(Database.class)
                .sql(
                    """
                    select (select count(*) from pending_mentions where chat_id = :chat)
                         + (select count(*) from notifications where user_id = :bob) as told
                    """)
                .bind("chat", old.chat)
                .bind("bob", old.bob)
                .map(row -> row.number("told"))
                .one()
                .block(Duration.ofSeconds(5)))
        .isZero();
  }

  @Test
  void changesNothingTheSecondTime() {
    String file = old.group(old.chat, old.said(1, 4));
    old.bring(file);
    GatewayClient writer = old.scene.onFirst("alice");
    writer.call(message(old.chat, "newer"));
    JsonNode before = writer.call(history(old.chat));

    assertThat(ImportScene.counts(old.bring(file, file)))
        .isEqualTo("0 created, 0 extended, 2 unchanged, 0 failed");

    assertThat(writer.call(history(old.chat))).isEqualTo(before);
    assertThat(writer.call(join(old.chat)).get("lastRev").asLong()).isEqualTo(5);
  }

  @Test
  void continuesAHistoryOverSeveralLines() {
    GatewayClient reader = old.scene.onSecond("bob");

    JsonNode summary =
        old.bring(
            old.group(old.chat, old.said(1, 2)),
            "{\"id\":\"%s\",\"messages\":[%s]}".formatted(old.chat, old.said(3, 5)),
            "",
            "{\"id\":\"%s\",\"messages\":[%s]}"
                .formatted(old.chat, old.said(5) + "," + old.said(6, ",\"replyTo\":\"m2\"")));

    assertThat(ImportScene.counts(summary))
        .isEqualTo("1 created, 2 extended, 0 unchanged, 0 failed");
    JsonNode messages = reader.call(history(old.chat)).get("messages");
    assertThat(messages.valueStream().map(each -> each.get("tempId").asString()))
        .containsExactly("m1", "m2", "m3", "m4", "m5", "m6");
    assertThat(messages.get(5).get("replyTo")).isEqualTo(messages.get(1).get("id"));
    assertThat(reader.call(join(old.chat)).get("unread").asLong()).isZero();
  }

  @Test
  void showsTheRoomWhatCameLate() {
    old.bring(old.group(old.chat, old.said(1)));
    GatewayClient reader = old.scene.onSecond("bob");
    reader.call(join(old.chat));

    old.bring("{\"id\":\"%s\",\"messages\":[%s]}".formatted(old.chat, old.said(2)));

    assertThat(reader.await("chat:message", Duration.ofSeconds(25)).number("seq")).isEqualTo(2);
  }

  @Test
  void goesOnWithTheSameFileAfterABreak() throws IOException {
    List<String> lines =
        IntStream.range(0, 200).mapToObj(i -> old.group(old.chat + i, old.said(1, 3))).toList();
    try (var _ = new OpenImport(old.scene.first(), lines.subList(0, 120))) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              call(old.scene.first(), "GET", "/api/v1/rooms/chat/" + old.chat + 20, null).status()
                  == 200);
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> old.importing("", "").status() == 200);

    JsonNode summary = old.bring(lines.toArray(String[]::new));

    assertThat(summary.get("unchanged").asInt()).isBetween(1, 120);
    assertThat(summary.get("created").asInt() + summary.get("unchanged").asInt()).isEqualTo(200);
    assertThat(ImportScene.counts(old.bring(lines.toArray(String[]::new))))
        .isEqualTo("0 created, 0 extended, 200 unchanged, 0 failed");
  }
}
