package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.awaitRefusal;
import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.moderate;
import static dev.realtime.gateway.live.LiveScene.onMessage;
import static dev.realtime.gateway.live.LiveScene.say;
import static dev.realtime.gateway.live.LiveScene.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.LiveCommand.React;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Who may moderate whom, and what is refused. */
@Timeout(60)
class ModerationRulesIT {

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient host = scene.onFirst("host");
  private final GatewayClient viewer = scene.onSecond("viewer");
  private final String stream = stream(host);

  private void joinBoth() {
    join(host, stream);
    join(viewer, stream);
  }

  @Test
  void letTheHostMakeModeratorsAndStandAboveThem() {
    joinBoth();
    GatewayClient third = scene.onSecond("third");
    join(third, stream);
    String user = scene.user("third");
    assertThat(viewer.refusal(moderate(stream, ModerationAction.MUTE, user, null)).code())
        .isEqualTo("forbidden");
    host.call(moderate(stream, ModerationAction.ADD_MODERATOR, scene.user("viewer"), null));

    viewer.call(moderate(stream, ModerationAction.MUTE, user, null));
    awaitRefusal(third, stream, "muted");
    assertThat(host.await("live:moderate").text("action")).isEqualTo("add_moderator");
    assertThat(host.await("live:moderate").text("by")).isEqualTo(scene.user("viewer"));
    assertThat(
            viewer.refusal(moderate(stream, ModerationAction.BAN, scene.user("host"), null)).code())
        .isEqualTo("forbidden");
    assertThat(viewer.refusal(moderate(stream, ModerationAction.ADD_MODERATOR, user, null)).code())
        .isEqualTo("forbidden");
  }

  @Test
  void takeTheNameOfABannedUserLiterally() {
    joinBoth();
    host.call(moderate(stream, ModerationAction.BAN, "*", null));

    say(host, stream, "still here");
    assertThat(viewer.await("live:message").text("content")).isEqualTo("still here");
  }

  @Test
  void letNoBannedModeratorModerate() {
    joinBoth();
    String user = scene.user("viewer");
    host.call(moderate(stream, ModerationAction.ADD_MODERATOR, user, null));
    viewer.call(moderate(stream, ModerationAction.SLOW_MODE, null, 1));
    host.call(moderate(stream, ModerationAction.BAN, user, null));

    assertThat(viewer.refusal(moderate(stream, ModerationAction.SLOW_MODE, null, 0)).code())
        .isEqualTo("banned");
    host.call(moderate(stream, ModerationAction.UNBAN, user, null));
    assertThat(viewer.refusal(moderate(stream, ModerationAction.SLOW_MODE, null, 0)).code())
        .isEqualTo("forbidden");
  }

  /** Section 5: in this order. */
  @Test
  void refuseInTheOrderOfTheProtocol() {
    joinBoth();
    String user = scene.user("viewer");
    say(viewer, stream, "first");
    host.call(moderate(stream, ModerationAction.SLOW_MODE, null, 60));
    say(viewer, stream, "takes the turn");
    awaitRefusal(viewer, stream, "slow_mode");
    host.call(moderate(stream, ModerationAction.MUTE, user, null));
    awaitRefusal(viewer, stream, "muted");
    host.call(moderate(stream, ModerationAction.BAN, user, null));
    awaitRefusal(viewer, stream, "banned");
    assertThat(viewer.refusal(new React(stream, "+")).code()).isEqualTo("banned");
  }

  @Test
  void tellNobodyWhatAnActionHasNoUseFor() {
    joinBoth();
    host.call(new Moderate(stream, ModerationAction.SLOW_MODE, "u", "x".repeat(20_000), 7));

    JsonNode told = viewer.await("live:moderate").data();
    assertThat(told.has("messageId")).isFalse();
    assertThat(told.has("userId")).isFalse();
  }

  /** The mark of a deleted message that is not there yet is the stream's own. */
  @Test
  void keepMessagesFromModeratorsOfAnotherStream() {
    joinBoth();
    GatewayClient other = scene.onSecond("other");
    String own = stream(other);
    String message = say(host, stream, "stays").get("id").asString();
    assertThat(other.refusal(onMessage(own, ModerationAction.DELETE, message)).code())
        .isEqualTo("not_found");
    assertThat(
            other
                .refusal(
                    onMessage(own, ModerationAction.DELETE, "7d444840-9dc0-41d1-b245-5ffdce74fad2"))
                .code())
        .as("no id of the gateway's")
        .isEqualTo("not_found");

    await().atMost(Duration.ofSeconds(5)).until(() -> isStored(message));
  }

  private boolean isStored(String message) {
    return Boolean.TRUE.equals(
        scene
            .first()
            .bean(Database.class)
            .sql("select 1 from live_messages where id = :id and content = 'stays'")
            .bind("id", UUID.fromString(message))
            .map(_ -> true)
            .one()
            .hasElement()
            .block());
  }

  @Test
  void recordEveryAction() {
    joinBoth();
    host.call(moderate(stream, ModerationAction.MUTE, scene.user("viewer"), 5));
    host.call(moderate(stream, ModerationAction.SLOW_MODE, null, 3));

    assertThat(
            scene
                .first()
                .bean(Database.class)
                .sql(
                    "select action || ' ' || done_by || ' ' || seconds as line from live_audit"
                        + " where stream_id = :stream order by id")
                .bind("stream", stream)
                .map(row -> String.valueOf(row.optionalText("line")))
                .all()
                .collectList()
                .block())
        .containsExactly(
            "mute " + scene.user("host") + " 5", "slow_mode " + scene.user("host") + " 3");
  }
}
