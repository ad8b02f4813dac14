package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.awaitRev;
import static dev.realtime.gateway.support.ChatActions.awaitSeq;
import static dev.realtime.gateway.support.ChatActions.follow;
import static dev.realtime.gateway.support.ChatActions.messages;
import static dev.realtime.gateway.support.ChatActions.numbers;
import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.ChatActions.sendAll;
import static dev.realtime.gateway.support.ChatActions.sendWhile;
import static dev.realtime.gateway.support.ChatActions.seqs;
import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static dev.realtime.gateway.support.Commands.resume;
import static dev.realtime.gateway.support.Markers.assertNothingBeforeEvent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.DeleteMessage;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Two instances on one database and one Redis are one gateway. */
@Timeout(90)
class TwoInstancesIT {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @AutoClose private final Scene scene = new Scene();

  @Test
  void showEverybodyAllConcurrentMessagesInTheSameOrder() {
    List<GatewayClient> clients =
        List.of(
            scene.onFirst("alice"),
            scene.onSecond("bob"),
            scene.onFirst("carol"),
            scene.onSecond("dave"));
    String chat = scene.group(clients.getFirst(), "bob", "carol", "dave");
    List<ChatLog> logs = clients.stream().map(client -> follow(client, chat)).toList();
    clients.forEach(client -> client.call(join(chat)));

    List<Future<Integer>> senders =
        clients.stream()
            .map(client ->
                scene.beside(() -> sendAll(client, chat, client.connectionId() + " ", 50)))
            .toList();
    senders.forEach(Scene::finish);
    logs.forEach(log -> awaitSeq(log, 200));

    List<String> order = contents(clients.getFirst(), chat);
    assertThat(order).hasSize(200).doesNotHaveDuplicates();
    for (int i = 0; i < clients.size(); i++) {
      assertThat(logs.get(i).violations()).isEmpty();
      assertThat(contents(clients.get(i), chat)).isEqualTo(order);
      assertThat(seqs(clients.get(i), chat)).isEqualTo(numbers(1, 200));
    }
    for (GatewayClient client : clients) {
      String prefix = client.connectionId() + " ";
      assertThat(order.stream().filter(content -> content.startsWith(prefix)))
          .containsExactlyElementsOf(
              IntStream.range(0, 50).mapToObj(index -> prefix + index).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 450})
  void replayExactlyWhatALostClientMissedWhileMessagesKeepFlowing(int missed) throws Exception {
    String database = Backends.freshDatabase();
    String small = "LIMIT_OUTBOUND_FRAMES=16";
    try (var first = TestGateway.start(database, Backends.redis(), small);
        var second = TestGateway.start(database, Backends.redis(), small);
        var nodes = new Scene(first, second)) {
      GatewayClient alice = nodes.onFirst("alice");
      String chat = nodes.group(alice, "carol");
      GatewayClient lost = nodes.onFirst("carol");
      ChatLog log = follow(lost, chat);
      lost.call(join(chat));
      sendAll(alice, chat, "seen ", 10);
      awaitSeq(log, 10);
      lost.abort();
      sendAll(alice, chat, "missed ", missed);

      AtomicBoolean flowing = new AtomicBoolean(true);
      Future<Integer> flow = nodes.beside(() -> sendWhile(flowing, alice, chat));
      GatewayClient back = nodes.onSecond("carol");
      back.listen(log::apply);
      JsonNode ack = back.call(resume(chat, Objects.requireNonNull(log.position())));
      long goal = ack.at("/chats/" + chat + "/lastSeq").asLong();
      awaitSeq(log, goal + 30);
      flowing.set(false);
      long last = 10L + missed + Scene.finish(flow);
      awaitSeq(log, last);

      assertThat(ack.at("/chats/" + chat + "/outcome").asString()).isEqualTo("recovered");
      assertThat(goal).isGreaterThanOrEqualTo(10L + missed);
      assertThat(log.violations()).isEmpty();
      List<Received> messages = messages(back, chat);
      assertThat(messages).extracting(frame -> frame.number("seq")).isEqualTo(numbers(11, last));
      assertThat(messages).allMatch(frame -> frame.isReplayed() == (frame.number("seq") <= goal));
      assertThat(indexOfAck(back)).isLessThan(back.received().indexOf(messages.getFirst()));
    }
  }

  @Test
  void bringWhoWasAwayToTheSameStateAsWhoStayed() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    String chat = scene.group(alice, "bob", "carol", "dave");
    ChatLog stayed = follow(bob, chat);
    bob.call(join(chat));
    GatewayClient carol = scene.onFirst("carol");
    ChatLog away = follow(carol, chat);
    carol.call(join(chat));
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ids.add(alice.call(message(chat, "text " + i)).get("id").asString());
    }
    alice.call(react(ids.get(9), "seen"));
    awaitRev(away, 13);
    carol.abort();

    for (int i = 0; i < 3; i++) {
      alice.call(edit(ids.get(i), "edited " + i));
    }
    alice.call(new DeleteMessage(ids.get(3)));
    alice.call(new DeleteMessage(ids.get(4)));
    for (int i = 5; i < 10; i++) {
      bob.call(react(ids.get(i), "ok"));
    }
    alice.call(member(chat, scene.user("erin"), MemberAction.ADD));
    String late = bob.call(message(chat, "missed")).get("id").asString();
    alice.call(react(late, "ok"));
    alice.call(message(chat, "deleted before anybody came back"));
    awaitRev(stayed, 27);

    GatewayClient back = scene.onSecond("carol");
    back.listen(away::apply);
    back.call(resume(chat, Objects.requireNonNull(away.position())));
    awaitSeq(away, 14);
    await()
        .atMost(DEADLINE)
        .untilAsserted(() -> assertThat(away.state()).isEqualTo(stayed.state()));
    // And it goes on alike for both.
    alice.call(edit(ids.get(11), "after"));
    await()
        .atMost(DEADLINE)
        .untilAsserted(() ->
            assertThat(Objects.requireNonNull(away.state().messages().get(12L)).content())
                .isEqualTo("after"));

    assertThat(away.state()).isEqualTo(stayed.state());
    assertThat(away.violations()).isEmpty();
    assertThat(stayed.violations()).isEmpty();
  }

  @Test
  void letNoEditByTheOtherInstanceOvertakeItsMessage() {
    GatewayClient phone = scene.onFirst("alice");
    GatewayClient laptop = scene.onSecond("alice");
    GatewayClient bob = scene.onFirst("bob");
    GatewayClient carol = scene.onSecond("carol");
    String chat = scene.group(phone, "bob", "carol");
    List<ChatLog> logs = List.of(follow(bob, chat), follow(carol, chat));
    bob.call(join(chat));
    carol.call(join(chat));

    List<CompletableFuture<JsonNode>> edits = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      GatewayClient one = i % 2 == 0 ? phone : laptop;
      GatewayClient other = i % 2 == 0 ? laptop : phone;
      String id = one.call(message(chat, "first")).get("id").asString();
      edits.add(other.request(edit(id, "second")));
    }
    edits.forEach(CompletableFuture::join);

    for (ChatLog log : logs) {
      awaitRev(log, 200);
      assertThat(log.violations()).isEmpty();
      assertThat(log.state().messages()).hasSize(100);
      assertThat(log.state().messages().values())
          .allMatch(entry -> "second".equals(entry.content()));
    }
  }

  @Test
  void pushNothingLaterToTheRemovedOnTheOtherInstance() throws Exception {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    GatewayClient carol = scene.onSecond("carol");
    String chat = scene.group(alice, "bob", "carol");
    ChatLog log = follow(carol, chat);
    bob.call(join(chat));
    carol.call(join(chat));
    AtomicBoolean flowing = new AtomicBoolean(true);
    Future<Integer> flow = scene.beside(() -> sendWhile(flowing, carol, chat));
    awaitSeq(log, 20);

    alice.call(member(chat, scene.user("bob"), MemberAction.REMOVE));
    long now = Objects.requireNonNull(log.position()).seq();
    awaitSeq(log, now + 50);
    flowing.set(false);
    Scene.finish(flow);
    alice.call(message(chat, "last"));

    Received removal = bob.await(frame -> frame.text("action").equals("remove"), DEADLINE);
    long rev = removal.number("rev");
    assertThat(removal.text("userId")).isEqualTo(scene.user("bob"));
    carol.await(frame -> says(frame, "last"), DEADLINE);
    assertNothingBeforeEvent(
        scene.first(), bob, frame -> Scene.isAbout(frame, chat) && frame.number("rev") > rev);
    assertThat(Scene.pushes(bob, chat).getLast()).isEqualTo(removal);
    assertThat(bob.refusal(message(chat, "still here?")).code()).isEqualTo("forbidden");
    assertThat(bob.refusal(join(chat)).code()).isEqualTo("forbidden");
  }

  @Test
  void refuseAResumeAfterARemoval() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    String chat = scene.group(alice, "bob");
    bob.call(join(chat));
    bob.abort();
    alice.call(member(chat, scene.user("bob"), MemberAction.REMOVE));
    alice.call(message(chat, "secret"));

    GatewayClient back = scene.onSecond("bob");
    JsonNode ack = back.call(resume(chat, new Position(0, 0L)));

    assertThat(ack.at("/chats/" + chat).toString()).isEqualTo("{\"outcome\":\"forbidden\"}");
    alice.call(message(chat, "secret too"));
    assertNothingBeforeEvent(scene.first(), back, frame -> Scene.isAbout(frame, chat));
  }

  private static List<String> contents(GatewayClient client, String chat) {
    return messages(client, chat).stream().map(frame -> frame.text("content")).toList();
  }

  private static int indexOfAck(GatewayClient client) {
    List<Received> frames = client.received();
    return IntStream.range(0, frames.size())
        .filter(index -> frames.get(index).event().equals("ack"))
        .findFirst()
        .orElseThrow();
  }
}
