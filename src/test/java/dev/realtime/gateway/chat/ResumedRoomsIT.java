package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.awaitSeq;
import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.ChatActions.sendAll;
import static dev.realtime.gateway.support.ChatActions.sendWhile;
import static dev.realtime.gateway.support.ChatActions.seqs;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.resume;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.LeaveChat;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.Role;
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

/** Which rooms a connection is in after a resume, and from when on. */
@Timeout(90)
class ResumedRoomsIT {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");
  private final String chat = scene.group(alice, "bob");

  private JsonNode of(JsonNode ack) {
    return ack.at("/chats/" + chat);
  }

  @Test
  void resumesAChatThatIsJoinedAlready() throws Exception {
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
  void resumesTwoHundredChatsAtOnce() {
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
  void keepsAConnectionWithinItsRooms() {
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
  void deliversNothingAfterTheAckOfALeaveInTheMiddle() {
    sendAll(alice, chat, "text ", 400);
    String other = scene.group(alice, "bob");
    bob.call(join(other));
    for (int round = 0; round < 25; round++) {
      CompletableFuture<JsonNode> resumed = bob.request(resume(chat, new Position(0, 0L)));
      int enough = 1 + 12 * round;
      resumed.join();
      bob.await(frame -> frame.number("seq") == enough, DEADLINE);
      bob.call(new LeaveChat(chat));
      int left = lastAck(bob);
      alice.call(message(chat, "live"));
      // Alice's instance publishes in order, so her next message to another chat is a marker.
      alice.call(message(other, "marker"));
      bob.await(frame -> says(frame, "marker"), DEADLINE);
      List<Received> all = bob.received();

      assertThat(all.subList(left, all.size()))
          .noneMatch(frame -> Scene.isAbout(frame, chat) && !frame.event().equals("chat:unread"));
      bob.skip();
    }
  }

  @Test
  void followsAJoinedChatFromItsAckOn() throws Exception {
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
