package dev.realtime.gateway.room;

import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Commands;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Members receive a logged change as it was published, whatever instance reads it. */
@Timeout(60)
class LoggedChangesIT {

  private static final TestDatabase DATABASE = TestDatabase.fresh();

  @AutoClose
  private static final TestGateway GATEWAY = TestGateway.start(DATABASE.url(), Backends.redis());

  @AutoClose private final Scene scene = new Scene(GATEWAY, GATEWAY);

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onFirst("bob");

  private static String envelope(String roomId) {
    return "{\"event\":\"next:year\",\"data\":{\"room\":\"%s\",  \"b\":1,\"a\":2}}"
        .formatted(roomId);
  }

  /** Records what a newer instance would, and loses its bus message. */
  private static void recordInChat(String chat, @Nullable String evicts) {
    String user = evicts == null ? "null" : "'" + evicts + "'";
    DATABASE.run(
        """
        with counted as (
          update chats set last_rev = last_rev + 1 where id = '%s' returning id, last_rev)
        insert into chat_changes (chat_id, rev, member_id, evicts, envelope)
        select id, last_rev, %s, %s, '%s' from counted
        """
            .formatted(chat, user, user, envelope(chat)));
  }

  private static List<String> events(GatewayClient client) {
    return client.received().stream().map(Received::event).toList();
  }

  @Test
  void deliversAnUnknownEventToAMemberWhoMissedIt() {
    String chat = scene.group(alice, "bob");
    bob.call(join(chat));
    recordInChat(chat, null);

    alice.call(message(chat, "behind the hole"));

    bob.await("chat:message");
    assertThat(bob.received())
        .filteredOn(each -> each.event().equals("next:year"))
        .extracting(Received::raw)
        .containsExactly(envelope(chat));
    assertThat(events(bob)).containsSubsequence("next:year", "chat:message");
  }

  @Test
  void evictsTheUserWhomAnUnknownEventEvicts() {
    String chat = scene.group(alice, "bob");
    bob.call(join(chat));
    recordInChat(chat, scene.user("bob"));

    alice.call(message(chat, "without bob"));

    bob.await("next:year");
    bob.call(join(chat));
    alice.call(message(chat, "with bob"));
    assertThat(bob.await("chat:message").text("content")).isEqualTo("with bob");
  }

  @Test
  void deliversAnUnknownEventOfAStream() {
    String stream = bob.call(new CreateStream("Launch", null, null)).get("streamId").asString();
    alice.call(new JoinStream(stream));
    DATABASE.run(
        """
        with counted as (
          update streams set last_rev = last_rev + 1 where id = '%s' returning id, last_rev)
        insert into live_changes (stream_id, rev, envelope)
        select id, last_rev, '%s' from counted
        """
            .formatted(stream, envelope(stream)));

    bob.call(new Moderate(stream, ModerationAction.SLOW_MODE, null, null, 5));

    alice.await("live:moderate");
    assertThat(alice.received())
        .filteredOn(each -> each.event().equals("next:year"))
        .extracting(Received::raw)
        .containsExactly(envelope(stream));
  }

  @Test
  void storesTheBytesThatItPublishes() {
    String chat = scene.group(alice, "bob");
    bob.call(join(chat));
    String id = alice.call(message(chat, "first")).get("id").asString();
    alice.call(edit(id, "zweitens: \"ä\" 🙂"));
    alice.call(Commands.react(id, "ok"));

    bob.await("chat:reaction");

    List<String> stored =
        Objects.requireNonNull(
            scene.first().beans(RoomLog.class).stream()
                .filter(log -> log.kind() == RoomId.Kind.CHAT)
                .findAny()
                .orElseThrow()
                .changesAfter(RoomId.chat(chat), 1)
                .map(Frame::text)
                .collectList()
                .block(Duration.ofSeconds(10)));
    assertThat(stored).hasSize(2);
    assertThat(bob.received()).extracting(Received::raw).containsAll(stored);
  }
}
