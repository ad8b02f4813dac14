package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.awaitRev;
import static dev.realtime.gateway.support.ChatActions.follow;
import static dev.realtime.gateway.support.ChatActions.messages;
import static dev.realtime.gateway.support.ChatActions.numbers;
import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.encrypted;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static dev.realtime.gateway.support.Commands.takeBack;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.Attachment;
import dev.realtime.gateway.protocol.ChatCommand.DeleteMessage;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.support.Scene;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Editing, deleting and reacting. */
@Timeout(90)
class MessageChangesIT {

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
  void pushesAnEditAndAnswersWithTheMessage() {
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
  void letsOnlyTheSenderEditAndOnlyInTheSameKind() {
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
  void refusesEditsOfWhoIsNoLongerAMember() {
    String id = bob.call(message(chat, "mine")).get("id").asString();
    alice.call(member(chat, scene.user("bob"), MemberAction.REMOVE));

    assertThat(bob.refusal(edit(id, "still mine")).code()).isEqualTo("not_found");
    assertThat(bob.refusal(new DeleteMessage(id)).code()).isEqualTo("not_found");
    assertThat(bob.refusal(react(id, "ok")).code()).isEqualTo("not_found");
  }

  @Test
  void keepsTheNumberOfADeletedMessageWithoutContent() {
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
    assertThat(sent("next")).isNotEqualTo(id);
    bob.assertNothingBefore(
        frame -> says(frame, "next"), frame -> frame.event().equals("chat:delete"));
    JsonNode stored = alice.call(history(chat)).at("/messages/0");
    assertThat(fields(stored))
        .contains("id", "seq", "rev", "prev", "senderId", "createdAt", "deletedAt")
        .doesNotContain("content", "encrypted", "attachments", "mentions", "reactions");
    assertThat(alice.call(history(chat)).at("/messages/1/seq").asLong()).isEqualTo(2);
    assertThat(alice.refusal(react(id, "ok")).code()).isEqualTo("conflict");
    // The mark stays used: the same message again is not resurrected.
    assertThat(alice.refusal(message(chat, "other", "t1")).code()).isEqualTo("conflict");
  }

  @Test
  void letsTheSenderAndAdminsDeleteAMessage() {
    String ofBob = bob.call(message(chat, "by bob")).get("id").asString();
    String ofAlice = sent("by alice");

    assertThat(bob.refusal(new DeleteMessage(ofAlice)).code()).isEqualTo("forbidden");
    assertThat(alice.call(new DeleteMessage(ofBob)).toString()).isEqualTo("{}");
  }

  @Test
  void countsAReactionOncePerUser() {
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
    sent("marker");
    alice.assertNothingBefore(
        frame -> says(frame, "marker"), frame -> frame.event().equals("chat:reaction"));
    assertThat(bob.call(history(chat)).at("/messages/0/reactions").toString())
        .isEqualTo("[{\"reaction\":\"ok\",\"count\":1,\"mine\":true}]");
    assertThat(alice.call(history(chat)).at("/messages/0/reactions/0/mine").asBoolean()).isFalse();
  }

  @Test
  void boundsAMessageToTwentyDifferentReactions() {
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
  void numbersWithoutGapUnderConcurrentChangesOnBothNodes() {
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
