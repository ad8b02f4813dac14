package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.awaitRev;
import static dev.realtime.gateway.support.ChatActions.follow;
import static dev.realtime.gateway.support.ChatActions.messages;
import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.encrypted;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.reply;
import static dev.realtime.gateway.support.Markers.assertNothingBeforePing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.Attachment;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.support.Scene;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Sending messages. */
@Timeout(90)
class MessagesIT {

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");
  private final String chat = scene.group(alice, "bob", "carol");

  private String sent(String content) {
    return alice.call(message(chat, content)).get("id").asString();
  }

  /** Sends a marker, which is the next message of those who joined. */
  private void assertNoMessageTo(GatewayClient... joined) {
    sent("marker");
    for (GatewayClient client : joined) {
      client.assertNothingBefore(
          frame -> says(frame, "marker"), frame -> frame.event().equals("chat:message"));
    }
  }

  private static Received push(GatewayClient client, String event) {
    return client.await(event);
  }

  private static List<String> fields(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  @Test
  void acknowledgesAMessageAndPushesItToTheRoom() {
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
    assertNothingBeforePing(carol, frame -> frame.event().equals("chat:message"));
  }

  @Test
  void takesOnlyWhatCanBeAMessage() {
    assertThat(alice.refusal(reply(chat, "re", "t1", "no-id")))
        .extracting(RefusedException::code, RefusedException::field, RefusedException::tempId)
        .containsExactly("not_found", "replyTo", "t1");
    String elsewhere = alice.call(message(scene.group(alice), "elsewhere")).get("id").asString();
    assertThat(alice.refusal(reply(chat, "re", null, elsewhere)).code()).isEqualTo("not_found");
    Encrypted body = new Encrypted("mls", "phone", "QUJD", Map.of());
    assertThat(alice.call(encrypted(chat, body)).get("seq")).hasToString("1");
  }

  @Test
  void answersARepeatedMessageAsADuplicateAndPushesNothing() {
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
    assertNoMessageTo(alice, bob);
    // Another sender's mark of the same name is another mark; so is the same one in another chat.
    assertThat(bob.call(message(chat, "once", tempId)).get("duplicate").asBoolean()).isFalse();
    String other = scene.group(alice);
    assertThat(alice.call(message(other, "once", tempId)).get("duplicate").asBoolean()).isFalse();
  }

  @Test
  void refusesOtherContentUnderTheSameTempId() {
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
    assertNoMessageTo(bob);
  }

  @Test
  void storesOneMessageForOneTempIdOnBothNodesAtOnce() {
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
}
