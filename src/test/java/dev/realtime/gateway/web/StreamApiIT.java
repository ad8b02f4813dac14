package dev.realtime.gateway.web;

import static dev.realtime.gateway.support.ApiCalls.call;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Streams made and changed by the platform's backend. */
@Timeout(60)
class StreamApiIT {

  private static final Duration SOON = Duration.ofSeconds(5);

  @AutoClose private final Scene scene = new Scene();

  private final String stream = scene.user("show");
  private final String host = scene.user("host");
  private final String mod = scene.user("mod");
  private final String other = scene.user("other");

  private Answer post(String body) {
    return call(scene.first(), "POST", "/api/v1/streams", body);
  }

  private Answer patch(String body) {
    return call(scene.first(), "PATCH", "/api/v1/streams/" + stream, body);
  }

  @BeforeEach
  void make() {
    Answer made =
        post(
            """
            {"id": "%s", "hostId": "%s", "title": "Show", "playbackUrl": "https://a.example/v",
             "moderatorIds": ["%s"]}
            """
                .formatted(stream, host, mod));
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.body().get("status").asString()).isEqualTo("created");
  }

  @Test
  void leavesAnExistingStreamAsItIs() {
    Answer again =
        post("{\"id\": \"%s\", \"hostId\": \"%s\", \"title\": \"Other\"}".formatted(stream, other));

    assertThat(again.status()).isEqualTo(200);
    assertThat(again.body().get("title").asString()).isEqualTo("Show");
    assertThat(again.body().get("hostId").asString()).isEqualTo(host);
  }

  @Test
  void startsAndEndsItForEverybodyInIt() {
    GatewayClient viewer = scene.onSecond("viewer");
    viewer.call(new JoinStream(stream));

    assertThat(patch("{\"status\": \"started\"}").status()).isEqualTo(200);
    assertThat(viewer.await("live:status").text("status")).isEqualTo("started");
    assertThat(patch("{\"status\": \"started\"}").status()).as("again").isEqualTo(200);
    assertThat(patch("{\"status\": \"ended\"}").status()).isEqualTo(200);
    assertThat(viewer.await("live:status").text("status")).isEqualTo("ended");
  }

  @Test
  void changesAllOrNothing() {
    Answer refused =
        patch(
            """
            {"title": "New", "playbackUrl": "https://b.example/v", "status": "ended",
             "moderatorIds": []}
            """);

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.body().get("field").asString()).isEqualTo("status");
    JsonNode now = patch("{}").body();
    assertThat(now.get("title").asString()).isEqualTo("Show");
    assertThat(now.get("playbackUrl").asString()).isEqualTo("https://a.example/v");
    assertThat(now.get("moderatorIds").get(0).asString()).isEqualTo(mod);
  }

  @Test
  void appointsModeratorsWhoAreToldAndKeepOrder() {
    GatewayClient appointed = scene.onSecond("other");
    GatewayClient dismissed = scene.onFirst("mod");

    assertThat(patch("{\"moderatorIds\": [\"%s\"]}".formatted(other)).status()).isEqualTo(200);

    Received told = appointed.await(frame -> frame.text("action").equals("add_moderator"), SOON);
    assertThat(told.text("by")).isEqualTo("platform");
    assertThat(told.text("userId")).isEqualTo(other);
    dismissed.await(
        frame ->
            frame.text("action").equals("remove_moderator") && frame.text("userId").equals(mod),
        SOON);
    appointed.call(new Moderate(stream, ModerationAction.SLOW_MODE, null, null, 5));
    assertThat(
            dismissed
                .refusal(new Moderate(stream, ModerationAction.SLOW_MODE, null, null, 0))
                .code())
        .isEqualTo("forbidden");
    List<String> audit =
        scene
            .first()
            .bean(Database.class)
            .sql(
                "select action || ' ' || done_by as line from live_audit where stream_id = :stream"
                    + " order by id")
            .bind("stream", stream)
            .map(row -> row.text("line"))
            .all()
            .collectList()
            .block();
    assertThat(audit)
        .containsExactly(
            "remove_moderator platform", "add_moderator platform", "slow_mode " + other);
  }
}
