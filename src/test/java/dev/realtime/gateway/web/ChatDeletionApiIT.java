package dev.realtime.gateway.web;

import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Markers.assertNothingBeforeEvent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Query;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The deletion of a chat, and messages of the platform. */
@Timeout(60)
class ChatDeletionApiIT extends ChatApiScene {

  /** The gateway removes its many messages later, and delays nobody by it. */
  @Test
  void removesALargeChatAtOnceAndItsMessagesSoonAfter() {
    GatewayClient alice = scene.onFirst("alice");
    call("POST", "/chats", group(chat, "alice"));
    Database database = scene.first().bean(Database.class);
    database
        .sql(
            "insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id,"
                + " fingerprint, content, created_at) select :chat, n, gen_random_uuid(), n, n,"
                + " 's', n::text, gen_random_uuid(), 'x', now() from generate_series(1, 9000) n")
        .bind("chat", chat)
        .then()
        .block();
    database
        .sql("update chats set last_seq = 9000, last_rev = 9000 where id = :chat")
        .bind("chat", chat)
        .then()
        .block();

    assertThat(call("DELETE", path(chat), null).status()).isEqualTo(204);

    assertThat(alice.refusal(history(chat)).code()).isEqualTo("forbidden");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          Answer again = call("POST", "/chats", group(chat, "alice"));
          if (again.status() == 409) {
            again.assertProblem(409, "conflict", "id");
          }
          return again.status() == 201;
        });
    assertThat(alice.call(history(chat)).get("messages")).isEmpty();
    // Above the numbers of the deleted chat, and one left out.
    assertThat(alice.call(message(chat, "anew")).get("seq").asLong()).isEqualTo(9_002);
  }

  /** However many reactions its messages have, and though another chat cannot be deleted. */
  @Test
  void removesAChatWithManyReactionsBehindOneThatFails() {
    GatewayClient alice = scene.onFirst("alice");
    Database database = scene.first().bean(Database.class);
    String failing = chat + "-failing";
    for (String id : List.of(failing, chat)) {
      call("POST", "/chats", group(id, "alice"));
      run(
          database,
          "insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id,"
              + " fingerprint, content, created_at) select :chat, n, gen_random_uuid(), n, n,"
              + " 's', n::text, gen_random_uuid(), 'x', now() from generate_series(1, 2500) n",
          id);
      run(
          database,
          "insert into message_reactions (chat_id, seq, user_id, reaction)"
              + " select :chat, s, 'u' || n, 'ok' from generate_series(1, 10) s,"
              + " generate_series(1, 1000) n",
          id);
      run(database, "update chats set last_seq = 2500, last_rev = 2500 where id = :chat", id);
    }
    run(
        database,
        "create or replace function refuse() returns trigger language plpgsql as"
            + " 'begin raise exception ''refused''; end'",
        null);
    run(
        database,
        "create trigger refuse before delete on messages for each row"
            + " when (old.chat_id = '"
            + failing
            + "' and old.seq > 2100) execute function refuse()",
        null);
    try {
      assertThat(call("DELETE", path(failing), null).status()).isEqualTo(204);
      assertThat(call("DELETE", path(chat), null).status()).isEqualTo(204);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> call("POST", "/chats", group(chat, "alice")).status() == 201);
    } finally {
      run(database, "drop trigger refuse on messages", null);
    }
    assertThat(alice.call(history(chat)).get("messages")).isEmpty();
  }

  private static void run(Database database, String sql, @Nullable String id) {
    Query query = database.sql(sql);
    (id == null ? query : query.bind("chat", id)).then().block();
  }

  @Test
  void namesTheKeyThatIsWrong() {
    call("POST", "/chats", group(chat, "alice"));
    String messages = path(chat) + "/messages";
    String one = "{\"senderId\":\"s\",\"content\":\"one\"}";
    call("POST", messages, one, "Idempotency-Key", "k");

    call("POST", messages, one.replace("one", "two"), "Idempotency-Key", "k")
        .assertProblem(409, "conflict", "Idempotency-Key");
    call("POST", messages, one, "Idempotency-Key", "k".repeat(129))
        .assertProblem(400, "bad_request", "Idempotency-Key");
  }

  @Test
  void deliversNothingOfADeletedChat() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    call("POST", "/chats", group(chat, "alice", "bob"));
    bob.call(join(chat));
    alice.call(message(chat, "one"));
    bob.await("chat:message");
    bob.skip();

    assertThat(call("DELETE", path(chat), null).status()).isEqualTo(204);
    assertThat(call("DELETE", path(chat), null).status()).isEqualTo(204);

    assertThat(bob.await("chat:member").text("action")).isEqualTo("remove");
    for (GatewayClient client : List.of(alice, bob)) {
      assertThat(client.refusal(message(chat, "two")).code()).isEqualTo("forbidden");
      assertThat(client.refusal(history(chat)).code()).isEqualTo("forbidden");
    }
    assertNothingBeforeEvent(scene.first(), bob, frame -> Scene.isAbout(frame, chat));
    assertThat(call("POST", "/chats", group(chat, "alice", "bob")).status()).isEqualTo(201);
    JsonNode anew = bob.call(join(chat));
    assertThat(anew.get("lastSeq").asLong()).as("above the deleted chat's").isEqualTo(2);
    assertThat(anew.get("unread").asLong()).isZero();
    assertThat(alice.call(message(chat, "anew")).get("seq").asLong()).isEqualTo(3);
    assertThat(bob.await("chat:message").text("content")).isEqualTo("anew");
  }

  /** A message being sent at the deletion must not appear in a later chat with this id. */
  @Test
  void leavesNothingBehindOfAChatThatGrows() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient other = scene.onSecond("alice");
    for (int round = 0; round < 15; round++) {
      call("POST", "/chats", group(chat, "alice"));
      List<CompletableFuture<JsonNode>> sends =
          IntStream.range(0, 40)
              .mapToObj(i -> (i % 2 == 0 ? alice : other).request(message(chat, "text")))
              .toList();
      sends.getFirst().join();
      call("DELETE", path(chat), null);
      sends.forEach(send -> send.handle((_, _) -> 0).join());

      long last = call("POST", "/chats", group(chat, "alice")).body().get("lastSeq").asLong();
      assertThat(alice.call(history(chat)).get("messages")).as("round %d", round).isEmpty();
      assertThat(alice.call(message(chat, "anew")).get("seq").asLong()).isEqualTo(last + 1);
      call("DELETE", path(chat), null);
    }
  }

  @Test
  void needsNoMembershipForAMessageOfThePlatform() {
    GatewayClient bob = scene.onSecond("bob");
    call("POST", "/chats", group(chat, "alice", "bob"));
    bob.call(join(chat));
    String body = "{\"senderId\":\"robot\",\"content\":\"Welcome\"}";

    Answer sent = call("POST", path(chat) + "/messages", body, "Idempotency-Key", "k1");
    assertThat(sent.status()).isEqualTo(201);
    assertThat(sent.body().get("seq").asLong()).isEqualTo(1);
    assertThat(sent.body().get("senderId").asString()).isEqualTo("robot");
    assertThat(bob.await("chat:message").data().get("id")).isEqualTo(sent.body().get("id"));

    Answer again = call("POST", path(chat) + "/messages", body, "Idempotency-Key", "k1");
    assertThat(again.status()).isEqualTo(201);
    assertThat(again.body().get("id")).isEqualTo(sent.body().get("id"));
    call(
            "POST",
            path(chat) + "/messages",
            body.replace("Welcome", "Other"),
            "Idempotency-Key",
            "k1")
        .assertProblem(409, "conflict", "Idempotency-Key");
    assertThat(call("POST", path(chat) + "/messages", body).body().get("seq").asLong())
        .isEqualTo(2);
    assertThat(bob.await("chat:message").number("seq")).isEqualTo(2);
  }
}
