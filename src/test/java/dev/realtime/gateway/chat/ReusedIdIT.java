package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.ChatActions.sendAll;
import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.listChats;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.resume;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.FaultyBus;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.JoinChat;
import dev.realtime.gateway.protocol.ChatCommand.SetTyping;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** A chat that was deleted and made again under its id. */
@Timeout(90)
class ReusedIdIT {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static @Nullable TestGateway gateway;

  /** It loses what the test tells it to. */
  private static @Nullable TestGateway deaf;

  @AutoClose
  private final Scene scene =
      new Scene(Objects.requireNonNull(gateway), Objects.requireNonNull(deaf));

  private final GatewayClient bob = scene.onFirst("bob");
  private final String chat = scene.user("chat");

  @BeforeAll
  static void start() {
    gateway = TestGateway.start(DATABASE.url(), Backends.redis());
    deaf = TestGateway.start(DATABASE.url(), Backends.redis(), List.of(FaultyBus.class));
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(gateway).close();
    Objects.requireNonNull(deaf).close();
  }

  @AfterEach
  void mend() {
    FaultyBus.mode = FaultyBus.Mode.SOUND;
  }

  private static Chats chats() {
    return Objects.requireNonNull(gateway).bean(Chats.class);
  }

  private void make(ChatType type, String... names) {
    Map<String, Role> members =
        Arrays.stream(names)
            .map(scene::user)
            .collect(Collectors.toMap(Function.identity(), _ -> Role.ADMIN));
    ChatCreation.Created created =
        Objects.requireNonNull(gateway)
            .bean(ChatCreation.class)
            .create("platform", new ChatPlan(chat, type, null, null, members))
            .block(DEADLINE);
    assertThat(created).isEqualTo(new ChatCreation.Created(chat, false));
  }

  private void delete() {
    chats().delete(chat).block(DEADLINE);
  }

  private JsonNode resumed(GatewayClient client, Position from) {
    return client.call(resume(chat, from)).at("/chats/" + chat);
  }

  @Test
  void positionsOfTheEarlierChatAreSnapshots() {
    make(ChatType.GROUP, "alice", "bob");
    sendAll(bob, chat, "old ", 5);
    delete();
    make(ChatType.GROUP, "alice", "bob");

    for (Position old : List.of(new Position(0, 0L), new Position(5, 5L), new Position(3, null))) {
      assertSnapshot(old, 0);
    }
    sendAll(bob, chat, "new ", 7);
    for (Position old : List.of(new Position(5, 5L), new Position(5, null), new Position(0, 0L))) {
      assertSnapshot(old, 7);
    }
  }

  private void assertSnapshot(Position old, long unread) {
    GatewayClient back = scene.onFirst("alice");
    JsonNode ack = resumed(back, old);
    assertThat(ack.get("outcome").asString()).as(old.toString()).isEqualTo("snapshot");
    assertThat(ack.get("unread").asLong()).isEqualTo(unread);
    assertThat(ack.get("lastSeq").asLong()).isGreaterThan(5);
    assertThat(ack.get("lastRev").asLong()).isGreaterThan(5);
  }

  @Test
  void replaysNothingForTheSinceOfTheEarlierChat() {
    make(ChatType.GROUP, "alice", "bob");
    sendAll(bob, chat, "old ", 5);
    delete();
    make(ChatType.GROUP, "alice", "bob");
    sendAll(bob, chat, "new ", 2);

    GatewayClient alice = scene.onFirst("alice");
    JsonNode state = alice.call(new JoinChat(chat, 5L));

    bob.call(message(chat, "live"));
    Received live =
        alice.assertNothingBefore(
            frame -> says(frame, "live"),
            frame -> frame.isReplayed() || frame.event().matches("chat:(message|replayed)"));
    assertThat(live.isReplayed()).isFalse();
    assertThat(live.number("seq")).isEqualTo(state.get("lastSeq").asLong() + 1);
  }

  @Test
  void numbersTheNewChatAboveTheOldOneAndRecovers() {
    make(ChatType.GROUP, "alice", "bob");
    String old = bob.call(message(chat, "old")).get("id").asString();
    bob.call(edit(old, "edited"));
    delete();
    make(ChatType.GROUP, "alice", "bob");
    GatewayClient alice = scene.onFirst("alice");
    JsonNode joined = alice.call(join(chat));
    long seq = joined.get("lastSeq").asLong();
    long rev = joined.get("lastRev").asLong();
    assertThat(seq).isGreaterThan(1);
    assertThat(rev).isGreaterThan(2);
    assertThat(joined.get("unread").asLong()).isZero();
    assertThat(joined.get("readSeq").asLong()).isEqualTo(seq);
    alice.abort();

    JsonNode ack = bob.call(message(chat, "new"));
    bob.call(edit(ack.get("id").asString(), "newer"));
    GatewayClient back = scene.onFirst("alice");
    JsonNode recovered = resumed(back, new Position(seq, rev));
    Received end = back.await("chat:replayed", DEADLINE);

    assertThat(ack.get("seq").asLong()).isEqualTo(seq + 1);
    assertThat(recovered.get("outcome").asString()).isEqualTo("recovered");
    assertThat(recovered.get("unread").asLong()).isEqualTo(1);
    assertThat(end.number("rev")).isEqualTo(rev + 2);
    assertThat(back.call(history(chat)).get("messages"))
        .singleElement()
        .satisfies(only -> assertThat(only.get("content").asString()).isEqualTo("newer"));
    assertThat(back.call(history(chat)).get("hasMore").asBoolean()).isFalse();
    assertThat(back.call(listChats()).at("/chats/0/unread").asLong()).isEqualTo(1);
  }

  @Test
  void countsAsUnreadOnlyWhatIsThereForWhoIsAddedLater() {
    make(ChatType.GROUP, "alice", "bob");
    sendAll(bob, chat, "old ", 40);
    delete();
    make(ChatType.GROUP, "bob");
    sendAll(bob, chat, "new ", 2);

    bob.call(member(chat, scene.user("carol"), MemberAction.ADD));

    assertThat(scene.onFirst("carol").call(join(chat)).get("unread").asLong()).isEqualTo(2);
  }

  @Test
  void numbersADirectChatAndAThirdOneOnToo() {
    make(ChatType.DIRECT, "alice", "bob");
    sendAll(bob, chat, "old ", 3);
    delete();
    make(ChatType.DIRECT, "alice", "bob");
    long second = bob.call(message(chat, "second")).get("seq").asLong();
    delete();
    make(ChatType.DIRECT, "alice", "bob");
    long third = bob.call(message(chat, "third")).get("seq").asLong();

    assertThat(second).isGreaterThan(3);
    assertThat(third).isGreaterThan(second);
    assertSnapshot(new Position(second, null), 1);
  }

  @Test
  void numbersAnImportedChatOnToo() {
    make(ChatType.GROUP, "alice", "bob");
    sendAll(bob, chat, "old ", 6);
    delete();
    await()
        .atMost(DEADLINE)
        .until(() -> DATABASE.count("deleted_chats where id = '" + chat + "'") == 0);

    String line =
        """
        {"id": "%s", "type": "group", "memberIds": ["%s", "%s"], "unread": {"%s": 1}, "messages": [
         {"id": "m1", "senderId": "%s", "content": "one", "createdAt": "2026-01-01T00:00:00Z"},
         {"id": "m2", "senderId": "%s", "content": "two", "createdAt": "2026-01-01T00:00:01Z"}]}\
        """
            .replace("\n", " ")
            .formatted(
                chat,
                scene.user("alice"),
                scene.user("bob"),
                scene.user("alice"),
                scene.user("bob"),
                scene.user("bob"));
    ApiCalls.Answer answer = imported(line);

    assertThat(answer.body().toString()).contains("\"created\":1");
    assertSnapshot(new Position(6, 6L), 1);
    assertThat(scene.onFirst("alice").call(history(chat)).get("messages")).hasSize(2);
  }

  private static ApiCalls.Answer imported(String line) {
    return ApiCalls.to(Objects.requireNonNull(gateway))
        .call("POST", "/api/v1/chats:import", line + "\n", "Content-Type", "application/x-ndjson");
  }

  @Test
  void refusesAnIdWhoseMessagesAreStillBeingDeleted() {
    String deleted = "deleted_chats where id = '" + chat + "'";
    DATABASE.run("insert into deleted_chats (id) values ('" + chat + "')");
    // Whoever deletes the messages passes over what another transaction holds.
    try (TestDatabase.Lock _ = DATABASE.lock(deleted)) {
      assertThatThrownBy(() -> make(ChatType.GROUP, "alice", "bob"))
          .hasMessageContaining("still in progress");
      assertThat(
              imported(
                      """
                      {"id": "%s", "type": "group", "memberIds": ["%s"], "messages": []}\
                      """
                          .formatted(chat, scene.user("alice")))
                  .body()
                  .toString())
          .contains("\"failed\":1", "still in progress");
      assertThat(DATABASE.count("chats where id = '" + chat + "'")).isZero();
    }
    DATABASE.run("delete from " + deleted);
    make(ChatType.GROUP, "alice", "bob");
  }

  @Test
  void closesARoomThatMissedTheDeletionAndTellsNothingOfTheNewChat() {
    make(ChatType.GROUP, "alice", "bob");
    GatewayClient alice = scene.onSecond("alice");
    alice.call(join(chat));
    sendAll(bob, chat, "old ", 5);
    alice.await(frame -> frame.number("seq") == 5, DEADLINE);

    FaultyBus.mode = FaultyBus.Mode.LOSING_ALL;
    delete();
    make(ChatType.GROUP, "bob");
    bob.call(join(chat));
    FaultyBus.mode = FaultyBus.Mode.SOUND;
    bob.call(message(chat, "not for alice"));

    assertThat(alice.awaitClose(DEADLINE).code()).isEqualTo(1011);
    bob.call(new SetTyping(chat, true));
    assertThat(alice.received()).noneMatch(frame -> frame.text("content").startsWith("not"));
    assertThat(resumed(scene.onSecond("alice"), new Position(5, 5L)).get("outcome").asString())
        .isEqualTo("forbidden");
  }
}
