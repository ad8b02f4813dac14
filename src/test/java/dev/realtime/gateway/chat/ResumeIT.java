package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.awaitSeq;
import static dev.realtime.gateway.support.ChatActions.messages;
import static dev.realtime.gateway.support.ChatActions.numbers;
import static dev.realtime.gateway.support.ChatActions.sendAll;
import static dev.realtime.gateway.support.ChatActions.sendWhile;
import static dev.realtime.gateway.support.ChatActions.seqs;
import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static dev.realtime.gateway.support.Commands.resume;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.JoinChat;
import dev.realtime.gateway.protocol.ChatCommand.LeaveChat;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.protocol.SessionCommand.Resume;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;

/** What {@code session:resume} brings back. */
@Timeout(90)
class ResumeIT {

  private static final Duration QUIET = Duration.ofMillis(400);
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");
  private final String chat = scene.group(alice, "bob");

  private JsonNode of(JsonNode ack) {
    return ack.at("/chats/" + chat);
  }

  @Test
  void everythingAfterThePositionComesFlaggedAndInItsPresentState() {
    sendAll(alice, chat, "text ", 9);
    String id = alice.call(message(chat, "old text")).get("id").asString();
    alice.call(edit(id, "new text"));

    JsonNode answer = of(bob.call(resume(chat, new Position(6, 6L))));
    bob.await(frame -> frame.number("seq") == 10, DEADLINE);

    assertThat(answer.get("outcome").asString()).isEqualTo("recovered");
    assertThat(answer.get("lastSeq").asLong()).isEqualTo(10);
    assertThat(answer.get("lastRev").asLong()).isEqualTo(11);
    assertThat(answer.get("readSeq").asLong()).isZero();
    assertThat(answer.get("unread").asLong()).isEqualTo(10);
    assertThat(answer.get("members")).hasSize(2);
    assertThat(answer.has("changes")).isFalse();
    List<Received> replayed = messages(bob, chat);
    assertThat(seqs(bob, chat)).isEqualTo(numbers(7, 10));
    assertThat(replayed).allMatch(Received::isReplayed);
    assertThat(replayed.getLast().text("content")).isEqualTo("new text");
    bob.assertSilence("chat:edit", QUIET);
    alice.call(message(chat, "live"));
    assertThat(bob.await(frame -> frame.number("seq") == 11, DEADLINE).isReplayed()).isFalse();
  }

  @Test
  void olderMessagesThatChangedComeAfterTheMissedOnes() {
    List<String> ids =
        IntStream.range(0, 5)
            .mapToObj(i -> alice.call(message(chat, "text " + i)).get("id").asString())
            .toList();
    alice.call(edit(ids.get(1), "edited"));
    alice.call(message(chat, "missed"));
    alice.call(react(ids.get(0), "ok"));
    alice.call(edit(ids.get(1), "edited again"));

    bob.call(resume(chat, new Position(5, 5L)));
    bob.await(frame -> frame.number("rev") == 9, DEADLINE);

    List<Received> pushed =
        Scene.pushes(bob, chat).stream()
            .filter(frame -> frame.event().matches("chat:(message|changed)"))
            .toList();
    assertThat(pushed)
        .extracting(Received::event)
        .containsExactly("chat:message", "chat:changed", "chat:changed");
    assertThat(pushed).extracting(frame -> frame.number("rev")).containsExactly(7L, 8L, 9L);
    assertThat(pushed).allMatch(Received::isReplayed);
    assertThat(pushed.get(1).data().at("/message/reactions/0/reaction").asString()).isEqualTo("ok");
    assertThat(pushed.get(2).data().at("/message/content").asString()).isEqualTo("edited again");
  }

  @Test
  void aBareNumberBringsMessagesWithoutChanges() {
    String id = alice.call(message(chat, "text")).get("id").asString();
    alice.call(message(chat, "missed"));
    alice.call(edit(id, "edited"));

    JsonNode answer = of(bob.call(resume(chat, new Position(1, null))));
    bob.await(frame -> frame.number("seq") == 2, DEADLINE);

    assertThat(answer.get("outcome").asString()).isEqualTo("recovered");
    assertThat(answer.get("changes").asBoolean(true)).isFalse();
    bob.assertSilence(frame -> frame.event().matches("chat:(changed|edit)"), QUIET);
  }

  @Test
  void tooMuchOrTheWrongPositionIsASnapshotAndLiveDeliveryGoesOn() {
    sendAll(alice, chat, "text ", 501);
    String epoch = bob.welcome().get("epoch").asString();

    assertThat(of(bob.call(resume(chat, new Position(1, 1L)))).get("outcome").asString())
        .as("500 were missed")
        .isEqualTo("recovered");
    bob.await(frame -> frame.number("seq") == 501, DEADLINE);
    // 501 messages, and one more after each of these.
    assertSnapshot(resume(chat, new Position(0, 0L)), 501);
    assertSnapshot(resume(chat, new Position(0, null)), 502);
    assertSnapshot(resume(chat, new Position(504, 504L)), 503);
    assertSnapshot(resume(chat, new Position(504, 505L)), 504);
    assertSnapshot(resume("another epoch", Map.of(chat, new Position(500, 500L))), 505);
    Resume sameEpoch = resume(epoch, Map.of(chat, new Position(500, 500L)));
    assertThat(of(scene.onFirst("bob").call(sameEpoch)).get("outcome").asString())
        .isEqualTo("recovered");
  }

  private void assertSnapshot(Resume command, long last) {
    GatewayClient back = scene.onFirst("bob");
    JsonNode answer = of(back.call(command));
    assertThat(answer.get("outcome").asString()).as(command.toString()).isEqualTo("snapshot");
    assertThat(answer.get("lastSeq").asLong()).isEqualTo(last);
    back.assertSilence(frame -> Scene.isAbout(frame, chat) && frame.isReplayed(), QUIET);
    alice.call(message(chat, "live"));
    Received live = back.await("chat:message");
    assertThat(live.number("seq")).isEqualTo(last + 1);
    assertThat(live.isReplayed()).isFalse();
  }

  @Test
  void aMessageThatChangedOftenIsToldOnce() {
    String id = alice.call(message(chat, "text")).get("id").asString();
    List<CompletableFuture<JsonNode>> changes =
        IntStream.range(0, 3).mapToObj(i -> alice.request(edit(id, "edit " + i))).toList();
    changes.forEach(CompletableFuture::join);

    JsonNode answer = of(bob.call(resume(chat, new Position(1, 1L))));

    // One message changed, however often.
    assertThat(answer.get("outcome").asString()).isEqualTo("recovered");
    Received changed = bob.await("chat:changed");
    assertThat(changed.data().at("/message/content").asString()).isEqualTo("edit 2");
    bob.assertSilence("chat:changed", QUIET);
  }

  @Test
  void whatOneMayNotEnterStopsNothingElse() {
    String foreign = scene.group(alice, "carol");
    sendAll(alice, chat, "text ", 3);

    JsonNode ack =
        bob.call(
            new Resume(
                null,
                Map.of(
                    chat,
                    new Position(0, 0L),
                    foreign,
                    new Position(0, 0L),
                    "nowhere",
                    new Position(7, null)),
                null,
                null));
    bob.await(frame -> frame.number("seq") == 3, DEADLINE);

    assertThat(of(ack).get("outcome").asString()).isEqualTo("recovered");
    assertThat(ack.at("/chats/" + foreign).toString()).isEqualTo("{\"outcome\":\"forbidden\"}");
    assertThat(ack.at("/chats/nowhere").toString()).isEqualTo("{\"outcome\":\"forbidden\"}");
    alice.call(message(foreign, "secret"));
    bob.assertSilence(frame -> Scene.isAbout(frame, foreign), QUIET);
  }

  @Test
  void joiningSinceResumes() {
    sendAll(alice, chat, "text ", 60);

    JsonNode state = bob.call(new JoinChat(chat, 2L));
    bob.await(frame -> frame.number("seq") == 60, DEADLINE);

    assertThat(state.get("lastSeq").asLong()).isEqualTo(60);
    assertThat(seqs(bob, chat)).isEqualTo(numbers(3, 60));
    assertThat(messages(bob, chat)).allMatch(Received::isReplayed);
    alice.call(message(chat, "live"));
    assertThat(bob.await(frame -> frame.number("seq") == 61, DEADLINE).isReplayed()).isFalse();
  }

  @Test
  void aChatThatIsJoinedAlreadyResumesAllTheSame() throws Exception {
    sendAll(alice, chat, "text ", 30);
    bob.call(join(chat));
    AtomicBoolean flowing = new AtomicBoolean(true);
    Future<Integer> flow = scene.beside(() -> sendWhile(flowing, alice, chat));
    for (int round = 0; round < 10; round++) {
      ChatLog log = ChatLog.from(chat, new Position(20, 20L));
      bob.await(frame -> frame.event().equals("chat:message"), DEADLINE);
      JsonNode ack = of(bob.call(resume(chat, new Position(20, 20L))));
      long goal = ack.get("lastSeq").asLong();
      bob.await(frame -> frame.number("seq") > goal && !frame.isReplayed(), DEADLINE);
      int from = lastAck(bob);
      bob.received().subList(from, bob.received().size()).forEach(log::apply);
      assertThat(log.violations()).isEmpty();
      bob.skip();
    }
    flowing.set(false);
    Scene.finish(flow);
  }

  private static int lastAck(GatewayClient client) {
    List<Received> frames = client.received();
    return IntStream.range(0, frames.size())
        .filter(index -> frames.get(index).event().equals("ack"))
        .max()
        .orElseThrow();
  }

  @Test
  void twoHundredChatsComeBackInOneResume() {
    DemoChats chats = new DemoChats(200);
    Map<String, Position> positions = new HashMap<>();
    chats.ids.forEach(id -> positions.put(id, new Position(0, 0L)));
    for (String id : chats.ids) {
      alice.call(message(id, "missed"));
    }

    JsonNode ack = bob.call(resume(null, positions));

    assertThat(ack.get("chats")).hasSize(200);
    assertThat(ack.get("chats").valueStream())
        .allMatch(answer -> answer.get("outcome").asString().equals("recovered"));
    for (String id : chats.ids) {
      Received replayed =
          bob.await(
              frame -> frame.event().equals("chat:message") && Scene.isAbout(frame, id), DEADLINE);
      assertThat(replayed.isReplayed()).isTrue();
    }
    for (String id : chats.ids) {
      alice.call(message(id, "live"));
    }
    for (String id : chats.ids) {
      Received live =
          bob.await(
              frame -> frame.event().equals("chat:message") && Scene.isAbout(frame, id), DEADLINE);
      assertThat(live.isReplayed()).isFalse();
    }
    assertThat(bob.refusal(join(chat)).code()).isEqualTo("too_many_rooms");
    bob.call(new LeaveChat(chats.ids.getFirst()));
    assertThat(bob.call(join(chat)).get("chatId").asString()).isEqualTo(chat);
  }

  @Test
  void aConnectionIsNeverInMoreRoomsThanItMay() {
    DemoChats chats = new DemoChats(260);
    chats.ids.subList(0, 190).forEach(id -> bob.call(join(id)));
    Map<String, Position> positions = new HashMap<>();
    chats.ids.subList(190, 260).forEach(id -> positions.put(id, new Position(0, 0L)));

    JsonNode ack = bob.call(resume(null, positions));

    assertThat(ack.get("chats").valueStream())
        .filteredOn(answer -> answer.get("outcome").asString().equals("recovered"))
        .hasSizeBetween(1, 10);
    assertThat(ack.get("chats").valueStream())
        .extracting(answer -> answer.get("outcome").asString())
        .containsOnly("recovered", "unavailable");
  }

  /** Chats of alice and bob, made by the platform. */
  private final class DemoChats {
    final List<String> ids;

    DemoChats(int count) {
      ChatCreation chats = scene.first().bean(ChatCreation.class);
      ids = IntStream.range(0, count).mapToObj(_ -> UUID.randomUUID().toString()).toList();
      Flux.fromIterable(ids)
          .flatMap(id -> chats.create("platform", plan(id)), 8)
          .blockLast(DEADLINE);
    }

    private ChatPlan plan(String id) {
      Map<String, Role> members =
          Map.of(scene.user("alice"), Role.ADMIN, scene.user("bob"), Role.MEMBER);
      return new ChatPlan(id, ChatType.GROUP, null, null, members);
    }
  }

  @Test
  void nothingComesAfterTheAckOfALeaveInTheMiddle() {
    sendAll(alice, chat, "text ", 400);
    for (int round = 0; round < 25; round++) {
      CompletableFuture<JsonNode> resumed = bob.request(resume(chat, new Position(0, 0L)));
      int enough = 1 + 12 * round;
      resumed.join();
      bob.await(frame -> frame.number("seq") == enough, DEADLINE);
      bob.call(new LeaveChat(chat));
      int left = lastAck(bob);
      alice.call(message(chat, "live"));
      // Commands and pushes of one connection keep their order: this is after all that was due.
      bob.call(new dev.realtime.gateway.protocol.SessionCommand.Ping());
      bob.assertSilence(frame -> false, Duration.ofMillis(20));
      List<Received> all = bob.received();

      assertThat(all.subList(left, all.size()))
          .noneMatch(frame -> Scene.isAbout(frame, chat) && !frame.event().equals("chat:unread"));
      bob.skip();
    }
  }

  @Test
  void aJoinedChatIsFollowedFromItsAckOn() throws Exception {
    AtomicBoolean flowing = new AtomicBoolean(true);
    Future<Integer> flow = scene.beside(() -> sendWhile(flowing, alice, chat));
    for (int round = 0; round < 40; round++) {
      ChatLog log = ChatLog.of(chat);
      GatewayClient client = round % 2 == 0 ? scene.onFirst("bob") : scene.onSecond("bob");
      client.listen(log::apply);
      long last = client.call(join(chat)).get("lastSeq").asLong();
      awaitSeq(log, last + 3);
      assertThat(log.violations()).isEmpty();
      assertThat(seqs(client, chat)).startsWith(last + 1, last + 2, last + 3);
      client.abort();
    }
    flowing.set(false);
    Scene.finish(flow);
  }
}
