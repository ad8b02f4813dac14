package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.sendAll;
import static dev.realtime.gateway.support.ChatActions.sendWhile;
import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static dev.realtime.gateway.support.Commands.resume;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.JoinChat;
import dev.realtime.gateway.protocol.ChatCommand.LeaveChat;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.SessionCommand.Ping;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** {@code chat:replayed} ends each replay, and tells the position to resume from next. */
@Timeout(90)
class ReplayEndIT {

  private static final String END = "chat:replayed";
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");
  private final String chat = scene.group(alice, "bob");

  /** What a resume or join with {@code since} has brought, up to its end. */
  private List<Received> replay(GatewayClient client) {
    client.await(END, DEADLINE);
    return Scene.pushes(client, chat).stream().filter(this::belongsToReplay).toList();
  }

  private boolean belongsToReplay(Received frame) {
    return frame.isReplayed() || frame.event().equals(END);
  }

  private static Position told(Received end) {
    return new Position(end.number("seq"), end.number("rev"));
  }

  private static Position position(ChatLog log) {
    return Objects.requireNonNull(log.position());
  }

  private List<String> write(int count) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(alice.call(message(chat, "text " + i)).get("id").asString());
    }
    return ids;
  }

  @Test
  void replaysNothingTwiceInAQuietChat() {
    List<String> ids = write(3);
    ChatLog log = ChatLog.of(chat);
    bob.listen(log::apply);
    bob.call(join(chat));
    bob.abort();
    alice.call(edit(ids.get(0), "edited"));
    alice.call(react(ids.get(1), "ok"));

    assertThat(comeBack(log))
        .extracting(Received::event)
        .containsExactly("chat:changed", "chat:changed", END);
    for (int time = 2; time <= 3; time++) {
      assertThat(comeBack(log))
          .as("time %d", time)
          .extracting(Received::event)
          .containsExactly(END);
      assertThat(position(log)).isEqualTo(new Position(3, 5L));
    }
    assertThat(log.violations()).isEmpty();
  }

  private List<Received> comeBack(ChatLog log) {
    GatewayClient back = scene.onSecond("bob");
    back.listen(log::apply);
    JsonNode ack = back.call(resume(chat, position(log)));
    assertThat(ack.at("/chats/" + chat + "/outcome").asString()).isEqualTo("recovered");
    List<Received> came = replay(back);
    assertThat(told(came.getLast())).isEqualTo(new Position(3, 5L));
    back.abort();
    return came;
  }

  @Test
  void losesNothingForAClientKilledWithinAReplay() {
    List<String> ids = write(20);
    ChatLog stayed = ChatLog.from(chat, new Position(0, 0L));
    alice.listen(stayed::apply);
    alice.call(new JoinChat(chat, 0L));
    ChatLog log = ChatLog.from(chat, new Position(0, 0L));
    bob.listen(log::apply);
    bob.call(new JoinChat(chat, 0L));
    await().atMost(DEADLINE).until(() -> position(log).seq() == 20);
    bob.abort();
    for (String id : ids) {
      alice.call(edit(id, "edited"));
    }
    sendAll(alice, chat, "missed ", 100);

    for (int kill = 1; kill <= 5; kill++) {
      GatewayClient lost = scene.onSecond("bob");
      MortalClient mortal = new MortalClient(log, 20 * kill);
      lost.listen(mortal::receive);
      var _ = lost.request(resume(chat, position(log)));
      assertThat(mortal.killed).succeedsWithin(DEADLINE);
      lost.abort();
      alice.call(react(ids.get(kill), "ok"));
    }
    GatewayClient back = scene.onSecond("bob");
    back.listen(log::apply);
    back.call(resume(chat, position(log)));
    back.await(END, DEADLINE);

    await().atMost(DEADLINE).untilAsserted(() -> assertThat(log.state()).isEqualTo(stayed.state()));
    assertThat(position(log)).isEqualTo(new Position(120, 145L));
    assertThat(log.violations()).isEmpty();
    assertThat(stayed.violations()).isEmpty();
  }

  /** Takes in frames up to a number of replayed ones and then nothing more, as if killed. */
  private static final class MortalClient {
    private final CompletableFuture<Void> killed = new CompletableFuture<>();
    private final ChatLog log;
    private int left;

    MortalClient(ChatLog log, int replayed) {
      this.log = log;
      this.left = replayed;
    }

    synchronized void receive(Received frame) {
      if (left == 0) {
        return;
      }
      log.apply(frame);
      if (frame.isReplayed()) {
        left--;
      }
      if (left == 0) {
        killed.complete(null);
      }
    }
  }

  @Test
  void endsTheReplayOfAJoinToo() {
    write(5);

    bob.call(new JoinChat(chat, 3L));
    List<Received> came = replay(bob);
    GatewayClient upToDate = scene.onFirst("bob");
    upToDate.call(new JoinChat(chat, 5L));

    assertThat(came).hasSize(3);
    assertThat(told(came.getLast())).isEqualTo(new Position(5, 5L));
    assertThat(replay(upToDate)).extracting(ReplayEndIT::told).containsExactly(new Position(5, 5L));
  }

  @Test
  void endsNothingWhereNothingIsReplayed() {
    write(2);

    bob.call(resume(chat, new Position(9, 9L)));
    scene.onFirst("bob").call(join(chat));
    GatewayClient ahead = scene.onFirst("bob");
    ahead.call(new JoinChat(chat, 9L));

    alice.call(message(chat, "live"));
    assertThat(bob.assertNothingBefore("chat:message", END).number("seq")).isEqualTo(3);
    assertThat(ahead.assertNothingBefore("chat:message", END).number("seq")).isEqualTo(3);
  }

  @Test
  void deliversWhatIsNewerAfterTheEnd() throws Exception {
    sendAll(alice, chat, "text ", 100);
    AtomicBoolean flowing = new AtomicBoolean(true);
    Future<Integer> flow = scene.beside(() -> sendWhile(flowing, alice, chat));
    for (int round = 0; round < 20; round++) {
      GatewayClient back = scene.onSecond("bob");
      JsonNode ack = back.call(resume(chat, new Position(60, round % 2 == 0 ? 60L : null)));
      JsonNode goal = ack.at("/chats/" + chat);
      Received end = back.await(END, DEADLINE);
      back.await(frame -> frame.number("rev") > end.number("rev"), DEADLINE);
      List<Received> all = back.received();
      List<Received> before = all.subList(0, all.indexOf(end));
      List<Received> after = all.subList(all.indexOf(end) + 1, all.size());

      assertThat(told(end))
          .isEqualTo(new Position(goal.get("lastSeq").asLong(), goal.get("lastRev").asLong()));
      assertThat(before)
          .filteredOn(frame -> frame.number("rev") > 0)
          .allMatch(Received::isReplayed);
      assertThat(after).noneMatch(Received::isReplayed);
      back.abort();
    }
    flowing.set(false);
    Scene.finish(flow);
  }

  @Test
  void sendsNoEndAfterTheAckOfALeave() {
    write(2);
    for (int round = 0; round < 50; round++) {
      bob.call(resume(chat, new Position(round % 3, (long) round % 3)));
      bob.call(new LeaveChat(chat));
      int left = bob.received().size();
      bob.call(new Ping());

      List<Received> all = bob.received();
      assertThat(all.subList(left, all.size())).noneMatch(this::belongsToReplay);
      bob.skip();
    }
  }
}
