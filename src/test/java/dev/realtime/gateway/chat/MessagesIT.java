package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.awaitRev;
import static dev.realtime.gateway.support.ChatActions.follow;
import static dev.realtime.gateway.support.ChatActions.messages;
import static dev.realtime.gateway.support.ChatActions.numbers;
import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.encrypted;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static dev.realtime.gateway.support.Commands.reply;
import static dev.realtime.gateway.support.Commands.takeBack;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.Attachment;
import dev.realtime.gateway.protocol.ChatCommand.DeleteMessage;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Sending, editing, deleting and reacting. */
@Timeout(90)
class MessagesIT {

  private static final Duration QUIET = Duration.ofMillis(300);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");
  private final String chat = scene.group(alice, "bob", "carol");

  private String sent(String content) {
    return alice.call(message(chat, content)).get("id").asString();
  }

  private static Received push(GatewayClient client, String event) {
    return client.await(event);
  }

  private static List<String> fields(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  @Test
  void aMessageIsAcknowledgedAndReachesEverybodyInTheRoom() {
    GatewayClient tablet = scene.onSecond("alice");
    Stream.of(alice, bob, tablet).forEach(client -> client.call(join(chat)));
    GatewayClient carol = scene.onFirst("carol");
    String first = sent("first");
    bob.await("chat:message");
    tablet.await("chat:message");
    alice.await("chat:message");

    JsonNode ack =
        alice.call(
            new SendMessage(
                chat,
                " exactly\tas sent\n ",
                "t1",
                first,
                List.of(scene.user("bob")),
                List.of(new Attachment("https://files.example/1", "image/png", 5L, "a.png")),
                null));

    assertThat(fields(ack))
        .containsExactlyInAnyOrder(
            "id", "chatId", "seq", "rev", "createdAt", "tempId", "duplicate");
    assertThat(ack.get("seq").asLong()).isEqualTo(2);
    assertThat(ack.get("rev").asLong()).isEqualTo(2);
    assertThat(ack.get("duplicate").asBoolean()).isFalse();
    assertThat(UUID.fromString(ack.get("id").asString()).version()).isEqualTo(7);
    assertThat(ack.get("createdAt").asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    for (GatewayClient client : List.of(alice, bob, tablet)) {
      JsonNode pushed = push(client, "chat:message").data();
      assertThat(fields(pushed))
          .containsExactlyInAnyOrder(
              "id",
              "chatId",
              "seq",
              "rev",
              "prev",
              "senderId",
              "content",
              "tempId",
              "replyTo",
              "mentions",
              "attachments",
              "createdAt");
      assertThat(pushed.get("id")).isEqualTo(ack.get("id"));
      assertThat(pushed.get("prev").asLong()).isEqualTo(1);
      assertThat(pushed.get("content").asString()).isEqualTo(" exactly\tas sent\n ");
      assertThat(pushed.get("senderId").asString()).isEqualTo(scene.user("alice"));
      assertThat(pushed.get("createdAt")).isEqualTo(ack.get("createdAt"));
      assertThat(pushed.at("/attachments/0/name").asString()).isEqualTo("a.png");
    }
    carol.assertSilence("chat:message", QUIET);
  }

  @Test
  void onlyWhatCanBeAMessageIsTaken() {
    assertThat(alice.refusal(reply(chat, "re", "t1", "no-id")))
        .extracting(RefusedException::code, RefusedException::field, RefusedException::tempId)
        .containsExactly("not_found", "replyTo", "t1");
    String elsewhere = alice.call(message(scene.group(alice), "elsewhere")).get("id").asString();
    assertThat(alice.refusal(reply(chat, "re", null, elsewhere)).code()).isEqualTo("not_found");
    Encrypted body = new Encrypted("mls", "phone", "QUJD", Map.of());
    assertThat(alice.call(encrypted(chat, body)).get("seq")).hasToString("1");
  }

  @Test
  void theSameAgainIsADuplicateAndBroadcastNothing() {
    alice.call(join(chat));
    bob.call(join(chat));
    String tempId = UUID.randomUUID().toString();
    JsonNode first = alice.call(message(chat, "once", tempId));
    GatewayClient tablet = scene.onSecond("alice");
    push(bob, "chat:message");
    push(alice, "chat:message");

    for (GatewayClient client : List.of(alice, tablet)) {
      JsonNode again = client.call(message(chat, "once", tempId));
      assertThat(again.get("duplicate").asBoolean()).isTrue();
      for (String field : List.of("id", "chatId", "seq", "rev", "createdAt", "tempId")) {
        assertThat(again.get(field)).as(field).isEqualTo(first.get(field));
      }
    }
    alice.call(edit(first.get("id").asString(), "edited meanwhile"));
    tablet.send(message(chat, "once", tempId));
    Received stored = push(tablet, "chat:message");

    assertThat(stored.isReplayed()).isTrue();
    assertThat(stored.text("id")).isEqualTo(first.get("id").asString());
    assertThat(stored.text("content")).isEqualTo("edited meanwhile");
    bob.assertSilence("chat:message", QUIET);
    alice.assertSilence("chat:message", Duration.ofMillis(1));
    // Another sender's mark of the same name is another mark; so is the same one in another chat.
    assertThat(bob.call(message(chat, "once", tempId)).get("duplicate").asBoolean()).isFalse();
    String other = scene.group(alice);
    assertThat(alice.call(message(other, "once", tempId)).get("duplicate").asBoolean()).isFalse();
  }

  @Test
  void otherContentUnderTheSameMarkIsAConflict() {
    bob.call(join(chat));
    alice.call(message(chat, "once", "t1"));
    push(bob, "chat:message");

    List<SendMessage> others =
        List.of(
            message(chat, "twice", "t1"),
            new SendMessage(chat, "once", "t1", null, List.of("x"), null, null),
            new SendMessage(
                chat, null, "t1", null, null, null, new Encrypted("mls", "d", "QUJD", Map.of())));
    for (SendMessage other : others) {
      RefusedException refused = alice.refusal(other);
      assertThat(refused.code()).isEqualTo("conflict");
      assertThat(refused.tempId()).isEqualTo("t1");
    }
    alice.send(others.getFirst());
    Received error = alice.await("error");

    assertThat(error.id()).isNull();
    assertThat(error.text("code")).isEqualTo("conflict");
    assertThat(error.text("event")).isEqualTo("chat:message");
    assertThat(error.text("tempId")).isEqualTo("t1");
    bob.assertSilence("chat:message", QUIET);
  }

  @Test
  void theSameMarkOnBothNodesAtOnceIsOneMessage() {
    GatewayClient tablet = scene.onSecond("alice");
    ChatLog log = follow(bob, chat);
    bob.call(join(chat));
    for (int round = 0; round < 100; round++) {
      String tempId = UUID.randomUUID().toString();
      List<CompletableFuture<JsonNode>> answers =
          Stream.of(alice, tablet, alice, tablet)
              .map(client -> client.request(message(chat, "once", tempId)))
              .toList();
      List<JsonNode> acks = answers.stream().map(CompletableFuture::join).toList();
      assertThat(acks).extracting(ack -> ack.get("id")).containsOnly(acks.getFirst().get("id"));
      assertThat(acks).filteredOn(ack -> !ack.get("duplicate").asBoolean()).hasSize(1);
    }

    awaitRev(log, 100);
    bob.call(message(chat, "end"));
    awaitRev(log, 101);
    assertThat(log.violations()).isEmpty();
    assertThat(messages(bob, chat)).hasSize(101);
  }

  @Test
  void anEditIsPushedAndAnsweredWithTheMessage() {
    alice.call(join(chat));
    bob.call(join(chat));
    String id = sent("frist");

    JsonNode message = alice.call(edit(id, "first"));

    assertThat(fields(message))
        .containsExactlyInAnyOrder(
            "id", "chatId", "seq", "rev", "prev", "senderId", "content", "createdAt", "editedAt");
    assertThat(message.get("content").asString()).isEqualTo("first");
    assertThat(message.get("seq").asLong()).isEqualTo(1);
    assertThat(message.get("rev").asLong()).isEqualTo(2);
    for (GatewayClient client : List.of(alice, bob)) {
      JsonNode pushed = push(client, "chat:edit").data();
      assertThat(fields(pushed))
          .containsExactlyInAnyOrder(
              "messageId", "chatId", "seq", "rev", "content", "editedAt", "by");
      assertThat(pushed.get("editedAt")).isEqualTo(message.get("editedAt"));
      assertThat(pushed.get("by").asString()).isEqualTo(scene.user("alice"));
      assertThat(pushed.get("rev").asLong()).isEqualTo(2);
    }
    assertThat(Instant.parse(message.get("editedAt").asString()))
        .isAfterOrEqualTo(Instant.parse(message.get("createdAt").asString()));
  }

  @Test
  void onlyTheSenderEditsAndOnlyInTheSameKind() {
    String id = sent("mine");
    bob.call(join(chat));
    Encrypted body = new Encrypted("mls", "phone", "QUJD", Map.of());
    String secret = alice.call(encrypted(chat, body)).get("id").asString();

    assertThat(bob.refusal(edit(id, "ours")).code()).isEqualTo("forbidden");
    assertThat(alice.refusal(edit(id, body)).code()).isEqualTo("bad_request");
    assertThat(alice.refusal(edit(secret, "plain")).code()).isEqualTo("bad_request");
    Encrypted other = new Encrypted("mls", "phone", "REVG", Map.of());
    assertThat(alice.call(edit(secret, other)).at("/encrypted/ciphertext").asString())
        .isEqualTo("REVG");
    assertThat(push(bob, "chat:message").number("seq")).isEqualTo(2);
    assertThat(push(bob, "chat:edit").data().at("/encrypted/ciphertext").asString())
        .isEqualTo("REVG");
    alice.call(new DeleteMessage(id));
    assertThat(alice.refusal(edit(id, "again")).code()).isEqualTo("conflict");
  }

  @Test
  void whoIsNoLongerAMemberEditsNothing() {
    String id = bob.call(message(chat, "mine")).get("id").asString();
    alice.call(member(chat, scene.user("bob"), MemberAction.REMOVE));

    assertThat(bob.refusal(edit(id, "still mine")).code()).isEqualTo("not_found");
    assertThat(bob.refusal(new DeleteMessage(id)).code()).isEqualTo("not_found");
    assertThat(bob.refusal(react(id, "ok")).code()).isEqualTo("not_found");
  }

  @Test
  void aDeletedMessageKeepsItsNumberAndLosesItsContent() {
    bob.call(join(chat));
    String id =
        alice
            .call(
                new SendMessage(
                    chat,
                    "gone",
                    "t1",
                    null,
                    List.of("someone"),
                    List.of(new Attachment("https://files.example/1", "image/png", 5L, null)),
                    null))
            .get("id")
            .asString();
    alice.call(react(id, "ok"));

    assertThat(alice.call(new DeleteMessage(id)).toString()).isEqualTo("{}");
    assertThat(alice.call(new DeleteMessage(id)).toString()).isEqualTo("{}");

    JsonNode pushed = push(bob, "chat:delete").data();
    assertThat(fields(pushed))
        .containsExactlyInAnyOrder("messageId", "chatId", "seq", "rev", "deletedAt", "by");
    assertThat(pushed.get("rev").asLong()).isEqualTo(3);
    bob.assertSilence("chat:delete", QUIET);
    JsonNode stored = alice.call(history(chat)).at("/messages/0");
    assertThat(fields(stored))
        .contains("id", "seq", "rev", "prev", "senderId", "createdAt", "deletedAt")
        .doesNotContain("content", "encrypted", "attachments", "mentions", "reactions");
    assertThat(sent("next")).isNotEqualTo(id);
    assertThat(alice.call(history(chat)).at("/messages/1/seq").asLong()).isEqualTo(2);
    assertThat(alice.refusal(react(id, "ok")).code()).isEqualTo("conflict");
    // The mark stays used: the same message again is not resurrected.
    assertThat(alice.refusal(message(chat, "other", "t1")).code()).isEqualTo("conflict");
  }

  @Test
  void itsSenderAndAdminsDeleteAMessage() {
    String ofBob = bob.call(message(chat, "by bob")).get("id").asString();
    String ofAlice = sent("by alice");

    assertThat(bob.refusal(new DeleteMessage(ofAlice)).code()).isEqualTo("forbidden");
    assertThat(alice.call(new DeleteMessage(ofBob)).toString()).isEqualTo("{}");
  }

  @Test
  void aReactionCountsOncePerUser() {
    alice.call(join(chat));
    String id = sent("like me");

    assertThat(alice.call(react(id, "ok")).toString()).isEqualTo("{\"count\":1}");
    assertThat(alice.call(react(id, "ok")).toString()).isEqualTo("{\"count\":1}");
    assertThat(bob.call(react(id, "ok")).toString()).isEqualTo("{\"count\":2}");
    assertThat(bob.call(takeBack(id, "never given")).toString()).isEqualTo("{\"count\":0}");
    assertThat(alice.call(takeBack(id, "ok")).toString()).isEqualTo("{\"count\":1}");
    assertThat(alice.call(takeBack(id, "ok")).toString()).isEqualTo("{\"count\":1}");

    List<JsonNode> pushed =
        IntStream.range(0, 3).mapToObj(i -> push(alice, "chat:reaction").data()).toList();
    assertThat(fields(pushed.getFirst()))
        .containsExactlyInAnyOrder(
            "messageId", "chatId", "rev", "userId", "reaction", "action", "count");
    assertThat(pushed).extracting(data -> data.get("rev").asLong()).containsExactly(2L, 3L, 4L);
    assertThat(pushed).extracting(data -> data.get("count").asLong()).containsExactly(1L, 2L, 1L);
    assertThat(pushed)
        .extracting(data -> data.get("action").asString())
        .containsExactly("added", "added", "removed");
    alice.assertSilence("chat:reaction", QUIET);
    assertThat(bob.call(history(chat)).at("/messages/0/reactions").toString())
        .isEqualTo("[{\"reaction\":\"ok\",\"count\":1,\"mine\":true}]");
    assertThat(alice.call(history(chat)).at("/messages/0/reactions/0/mine").asBoolean()).isFalse();
  }

  @Test
  void aMessageHasTwentyDifferentReactionsAtMost() {
    String id = sent("popular");
    for (int i = 0; i < 20; i++) {
      alice.call(react(id, "r" + i));
    }

    assertThat(alice.refusal(react(id, "r20")).code()).isEqualTo("conflict");
    assertThat(bob.call(react(id, "r19")).get("count").asLong()).isEqualTo(2);
    alice.call(takeBack(id, "r0"));
    assertThat(bob.call(react(id, "r20")).get("count").asLong()).isEqualTo(1);
  }

  @Test
  void numbersHaveNoGapUnderConcurrentChangesOnBothNodes() {
    GatewayClient tablet = scene.onSecond("alice");
    GatewayClient desktop = scene.onFirst("bob");
    GatewayClient carol = scene.onSecond("carol");
    List<GatewayClient> clients = List.of(alice, tablet, bob, desktop);
    List<ChatLog> logs = List.of(follow(carol, chat), follow(desktop, chat));
    carol.call(join(chat));
    desktop.call(join(chat));
    String target = sent("target");
    List<Future<?>> work = new ArrayList<>();
    for (GatewayClient client : clients) {
      work.add(scene.beside(() -> changes(client, target)));
    }
    work.forEach(Scene::finish);

    // Per client: 25 messages, 25 edits of them, 25 reactions given and taken back.
    long last = 1 + 4 * 100;
    logs.forEach(log -> awaitRev(log, last));

    for (ChatLog log : logs) {
      assertThat(log.violations()).isEmpty();
    }
    List<Long> revs =
        Scene.pushes(carol, chat).stream()
            .filter(frame -> frame.number("rev") > 0)
            .map(frame -> frame.number("rev"))
            .toList();
    assertThat(revs).isEqualTo(numbers(1, last));
    assertThat(messages(carol, chat))
        .extracting(frame -> frame.number("seq"))
        .isEqualTo(numbers(1, 101));
    assertThat(logs.get(0).state()).isEqualTo(logs.get(1).state());
  }

  private int changes(GatewayClient client, String target) {
    String mine = client.connectionId().substring(24);
    for (int i = 0; i < 25; i++) {
      String id = client.call(message(chat, "text " + i)).get("id").asString();
      client.call(react(target, "r" + mine.substring(0, 8)));
      client.call(edit(id, "edited " + i));
      client.call(takeBack(target, "r" + mine.substring(0, 8)));
    }
    return 25;
  }
}
