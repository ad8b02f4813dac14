package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.moderate;
import static dev.realtime.gateway.live.LiveScene.onMessage;
import static dev.realtime.gateway.live.LiveScene.say;
import static dev.realtime.gateway.live.LiveScene.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.LiveCommand.React;
import dev.realtime.gateway.protocol.LiveCommand.SendLiveMessage;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Order in a stream: on the other node within a second. */
@Timeout(60)
class ModerationIT {

  private static final Duration SOON = Duration.ofSeconds(1);
  private static final Duration QUIET = Duration.ofMillis(400);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient host = scene.onFirst("host");
  private final GatewayClient viewer = scene.onSecond("viewer");
  private final String stream = stream(host);

  private void joinBoth() {
    join(host, stream);
    join(viewer, stream);
  }

  private RefusedException refusalOfMessage(GatewayClient client) {
    return client.refusal(new SendLiveMessage(stream, "hello", null));
  }

  private void awaitRefusal(GatewayClient client, String code) {
    await().atMost(SOON).until(() -> isRefused(client, code));
  }

  private boolean isRefused(GatewayClient client, String code) {
    try {
      say(client, stream, "hello");
      return false;
    } catch (RefusedException refused) {
      return refused.code().equals(code);
    }
  }

  private void awaitSaid(GatewayClient client) {
    await()
        .atMost(SOON)
        .ignoreException(RefusedException.class)
        .until(() -> say(client, stream, "hello").has("id"));
  }

  @Test
  void slowModeBindsViewersOverAllTheirConnections() {
    joinBoth();
    GatewayClient tablet = scene.onFirst("viewer");
    join(tablet, stream);
    host.call(moderate(stream, ModerationAction.SLOW_MODE, null, 60));
    assertThat(viewer.await("live:moderate").number("seconds")).isEqualTo(60);

    say(viewer, stream, "once");
    RefusedException refusal = refusalOfMessage(tablet);
    assertThat(refusal.code()).isEqualTo("slow_mode");
    assertThat(refusal.retryAfterMs()).isBetween(50_000L, 60_000L);
    say(host, stream, "a");
    say(host, stream, "b");
    assertThat(join(scene.onSecond("late"), stream).get("slowMode").asInt()).isEqualTo(60);

    host.call(moderate(stream, ModerationAction.SLOW_MODE, null, 0));
    awaitSaid(viewer);
  }

  @Test
  void muteSilencesForAWhile() {
    joinBoth();
    host.call(moderate(stream, ModerationAction.MUTE, scene.user("viewer"), 2));
    awaitRefusal(viewer, "muted");
    assertThat(viewer.await("live:moderate").text("action")).isEqualTo("mute");
    await()
        .atMost(Duration.ofSeconds(4))
        .ignoreException(RefusedException.class)
        .until(() -> say(viewer, stream, "again").has("id"));
    host.call(moderate(stream, ModerationAction.MUTE, scene.user("viewer"), null));
    awaitRefusal(viewer, "muted");
    host.call(moderate(stream, ModerationAction.UNMUTE, scene.user("viewer"), null));
    awaitSaid(viewer);
  }

  @Test
  void banPutsOutOnAllNodesAndKeepsOut() {
    joinBoth();
    GatewayClient tablet = scene.onFirst("viewer");
    join(tablet, stream);
    host.call(moderate(stream, ModerationAction.BAN, scene.user("viewer"), null));

    awaitRefusal(viewer, "banned");
    assertThat(viewer.refusal(new JoinStream(stream)).code()).isEqualTo("banned");
    assertThat(tablet.refusal(new JoinStream(stream)).code()).isEqualTo("banned");
    say(host, stream, "peace");
    viewer.assertSilence("live:message", QUIET);
    tablet.assertSilence("live:message", Duration.ofMillis(1));
    await()
        .atMost(Duration.ofSeconds(3))
        .until(() -> join(scene.onFirst("third"), stream).get("viewerCount").asLong() == 2);

    host.call(moderate(stream, ModerationAction.UNBAN, scene.user("viewer"), null));
    await()
        .atMost(SOON)
        .ignoreException(RefusedException.class)
        .until(() -> join(viewer, stream).has("title"));
  }

  @Test
  void deletedAndPurgedMessagesAreToldToNobodyWhoComesLater() {
    joinBoth();
    String first = say(viewer, stream, "one").get("id").asString();
    say(viewer, stream, "two");
    String third = say(host, stream, "three").get("id").asString();

    host.call(onMessage(stream, ModerationAction.DELETE, first));
    assertThat(viewer.await("live:moderate").text("messageId")).isEqualTo(first);
    await()
        .atMost(SOON)
        .until(() -> join(scene.onSecond("late"), stream).get("recent").size() == 2);
    host.call(moderate(stream, ModerationAction.PURGE, scene.user("viewer"), null));
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          JsonNode recent = join(scene.onFirst("later"), stream).get("recent");
          assertThat(recent).hasSize(1);
          assertThat(recent.get(0).get("id").asString()).isEqualTo(third);
        });
    assertThat(
            host.refusal(
                    onMessage(
                        stream, ModerationAction.DELETE, "0197a3c2-7d1e-7f00-8000-00000000000a"))
                .code())
        .isEqualTo("not_found");
  }

  @Test
  void pinnedMessageIsShownToWhoComesLater() {
    joinBoth();
    String message = say(viewer, stream, "read this").get("id").asString();
    host.call(onMessage(stream, ModerationAction.PIN, message));

    assertThat(viewer.await("live:moderate").data().at("/message/content").asString())
        .isEqualTo("read this");
    await()
        .atMost(SOON)
        .until(
            () -> join(scene.onSecond("late"), stream).at("/pinned/id").asString().equals(message));
    host.call(onMessage(stream, ModerationAction.DELETE, message));
    await().atMost(SOON).until(() -> !join(scene.onFirst("later"), stream).has("pinned"));
  }

  @Test
  void moderatorsAreMadeByTheHostAndStandUnderHim() {
    joinBoth();
    GatewayClient third = scene.onSecond("third");
    join(third, stream);
    String user = scene.user("third");
    assertThat(viewer.refusal(moderate(stream, ModerationAction.MUTE, user, null)).code())
        .isEqualTo("forbidden");
    host.call(moderate(stream, ModerationAction.ADD_MODERATOR, scene.user("viewer"), null));

    viewer.call(moderate(stream, ModerationAction.MUTE, user, null));
    awaitRefusal(third, "muted");
    assertThat(host.await("live:moderate").text("action")).isEqualTo("add_moderator");
    assertThat(host.await("live:moderate").text("by")).isEqualTo(scene.user("viewer"));
    assertThat(
            viewer.refusal(moderate(stream, ModerationAction.BAN, scene.user("host"), null)).code())
        .isEqualTo("forbidden");
    assertThat(viewer.refusal(moderate(stream, ModerationAction.ADD_MODERATOR, user, null)).code())
        .isEqualTo("forbidden");
  }

  @Test
  void aBanOfAnyNameIsOneUsersBan() {
    joinBoth();
    host.call(moderate(stream, ModerationAction.BAN, "*", null));

    say(host, stream, "still here");
    assertThat(viewer.await("live:message").text("content")).isEqualTo("still here");
  }

  @Test
  void whoIsBannedKeepsNoOrder() {
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
  void refusesInTheOrderOfTheProtocol() {
    joinBoth();
    String user = scene.user("viewer");
    say(viewer, stream, "first");
    host.call(moderate(stream, ModerationAction.SLOW_MODE, null, 60));
    say(viewer, stream, "takes the turn");
    awaitRefusal(viewer, "slow_mode");
    host.call(moderate(stream, ModerationAction.MUTE, user, null));
    awaitRefusal(viewer, "muted");
    host.call(moderate(stream, ModerationAction.BAN, user, null));
    awaitRefusal(viewer, "banned");
    assertThat(viewer.refusal(new React(stream, "+")).code()).isEqualTo("banned");
  }

  @Test
  void whatAnActionHasNoUseForIsToldToNobody() {
    joinBoth();
    host.call(new Moderate(stream, ModerationAction.SLOW_MODE, "u", "x".repeat(20_000), 7));

    JsonNode told = viewer.await("live:moderate").data();
    assertThat(told.has("messageId")).isFalse();
    assertThat(told.has("userId")).isFalse();
  }

  /** The mark of a deleted message that is not there yet is the stream's own. */
  @Test
  void theModeratorOfAnotherStreamCannotTakeAMessageAway() {
    joinBoth();
    GatewayClient other = scene.onSecond("other");
    String own = stream(other);
    String message = say(host, stream, "stays").get("id").asString();
    other.call(onMessage(own, ModerationAction.DELETE, message));
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
  void resumeSaysWhatBecameOfEachStream() {
    joinBoth();
    GatewayClient other = scene.onFirst("other");
    String ended = stream(other);
    other.call(LiveScene.status(ended, StreamStatus.STARTED));
    other.call(LiveScene.status(ended, StreamStatus.ENDED));
    String banned = stream(other);
    other.call(moderate(banned, ModerationAction.BAN, scene.user("viewer"), null));
    GatewayClient back = scene.onSecond("viewer");

    JsonNode streams =
        back.call(
                new SessionCommand.Resume(
                    null, null, List.of(stream, ended, banned, "nowhere"), null))
            .get("streams");

    assertThat(streams.at("/" + stream + "/outcome").asString()).isEqualTo("joined");
    assertThat(streams.at("/" + stream + "/title").asString()).isEqualTo("Launch");
    assertThat(streams.at("/" + ended + "/outcome").asString()).isEqualTo("ended");
    assertThat(streams.at("/" + banned + "/outcome").asString()).isEqualTo("banned");
    assertThat(streams.at("/nowhere/outcome").asString()).isEqualTo("not_found");
    host.call(moderate(stream, ModerationAction.SLOW_MODE, null, 9));
    assertThat(back.await("live:moderate").number("seconds")).isEqualTo(9);
    say(host, stream, "welcome back");
    assertThat(back.await("live:message").text("content")).isEqualTo("welcome back");
  }

  @Test
  void everyActionIsWrittenDown() {
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

  @Test
  void blockedTermsAreRefusedButForTheHost() {
    try (TestGateway node = TestGateway.start("LIVE_BLOCKED_TERMS=spam,*casino*");
        GatewayClient chief = node.connect("chief");
        GatewayClient guest = node.connect("guest")) {
      String own = stream(chief);
      join(chief, own);
      join(guest, own);

      RefusedException refusal = guest.refusal(new SendLiveMessage(own, "buy SPAM now", null));
      assertThat(refusal.code()).isEqualTo("forbidden");
      assertThat(refusal.field()).isEqualTo("content");
      assertThat(guest.refusal(new SendLiveMessage(own, "MegaCasinos!", null)).code())
          .isEqualTo("forbidden");
      assertThat(guest.refusal(new React(own, "Spam")).field()).isEqualTo("emoji");
      say(guest, own, "spammer is another word");
      say(chief, own, "no spam please");
    }
  }
}
