package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.awaitRefusal;
import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.moderate;
import static dev.realtime.gateway.live.LiveScene.onMessage;
import static dev.realtime.gateway.live.LiveScene.say;
import static dev.realtime.gateway.live.LiveScene.stream;
import static dev.realtime.gateway.support.Markers.assertNothingBeforeEvent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.React;
import dev.realtime.gateway.protocol.LiveCommand.SendLiveMessage;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Order in a stream: on the other node within a second. */
@Timeout(60)
class ModerationIT {

  private static final Duration SOON = Duration.ofSeconds(1);

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

  private void awaitSaid(GatewayClient client) {
    await()
        .atMost(SOON)
        .ignoreException(RefusedException.class)
        .until(() -> say(client, stream, "hello").has("id"));
  }

  @Test
  void slowsViewersOverAllTheirConnections() {
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
  void mutesForAWhile() {
    joinBoth();
    host.call(moderate(stream, ModerationAction.MUTE, scene.user("viewer"), 2));
    awaitRefusal(viewer, stream, "muted");
    assertThat(viewer.await("live:moderate").text("action")).isEqualTo("mute");
    await()
        .atMost(Duration.ofSeconds(4))
        .ignoreException(RefusedException.class)
        .until(() -> say(viewer, stream, "again").has("id"));
    host.call(moderate(stream, ModerationAction.MUTE, scene.user("viewer"), null));
    awaitRefusal(viewer, stream, "muted");
    host.call(moderate(stream, ModerationAction.UNMUTE, scene.user("viewer"), null));
    awaitSaid(viewer);
  }

  @Test
  void evictsTheBannedOnAllNodesAndKeepsThemOut() {
    joinBoth();
    GatewayClient tablet = scene.onFirst("viewer");
    join(tablet, stream);
    host.call(moderate(stream, ModerationAction.BAN, scene.user("viewer"), null));

    awaitRefusal(viewer, stream, "banned");
    assertThat(viewer.refusal(new JoinStream(stream)).code()).isEqualTo("banned");
    assertThat(tablet.refusal(new JoinStream(stream)).code()).isEqualTo("banned");
    say(host, stream, "peace");
    for (GatewayClient banned : List.of(viewer, tablet)) {
      assertNothingBeforeEvent(
          scene.first(), banned, frame -> frame.text("content").equals("peace"));
    }
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
  void showsDeletedAndPurgedMessagesToNobodyWhoComesLater() {
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
  void showsThePinnedMessageToWhoComesLater() {
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
  void saysAtAResumeWhatBecameOfEachStream() {
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
  void refusesBlockedTermsButForTheHost() {
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
