package dev.realtime.gateway.web;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Markers.assertNothingBeforeEvent;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.TestGateway;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Chats for the platform's backend: what it asks, and what connected clients see of it. */
@Timeout(60)
class ChatApiIT extends ChatApiScene {

  @Test
  void needsAServiceTokenForEveryCall() {
    for (String[] each :
        new String[][] {
          {"POST", "/chats"},
          {"PUT", "/chats/c"},
          {"DELETE", "/chats/c"},
          {"PUT", "/chats/c/members/u"},
          {"DELETE", "/chats/c/members/u"},
          {"POST", "/chats/c/messages"}
        }) {
      callAs(null, each[0], each[1], "{}").assertProblem(401, "unauthorized", null);
      callAs("rubbish", each[0], each[1], "{}").assertProblem(401, "unauthorized", null);
      String ofAUser = TestGateway.token(scene.user("alice"));
      callAs(ofAUser, each[0], each[1], "{}").assertProblem(403, "forbidden", null);
    }
  }

  @Test
  void makesAChatOnce() {
    Answer made = call("POST", "/chats", group(chat, "alice", "bob"));

    assertThat(made.status()).isEqualTo(201);
    assertThat(made.body().toString())
        .isEqualTo(
            "{\"id\":\"%s\",\"type\":\"group\",\"title\":\"Team\",\"memberIds\":[\"%s\",\"%s\"],\"lastSeq\":0}"
                .formatted(chat, scene.user("alice"), scene.user("bob")));
    Answer again = call("POST", "/chats", group(chat, "carol").replace("Team", "Other"));
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(made.body());
    Answer unnamed =
        call(
            "POST",
            "/chats",
            "{\"type\":\"group\",\"memberIds\":[\"%s\"]}".formatted(scene.user("alice")));
    assertThat(unnamed.status()).isEqualTo(201);
    assertThat(UUID.fromString(unnamed.body().get("id").asString()).version()).isEqualTo(7);
  }

  @Test
  void givesADirectPairOneChat() {
    String pair =
        "{\"type\":\"direct\",\"memberIds\":[\"%s\",\"%s\"]}"
            .formatted(scene.user("alice"), scene.user("bob"));
    Answer made = call("POST", "/chats", pair);
    Answer again =
        call(
            "POST",
            "/chats",
            "{\"id\":\"%s\",\"type\":\"direct\",\"memberIds\":[\"%s\",\"%s\"]}"
                .formatted(chat, scene.user("bob"), scene.user("alice")));

    assertThat(made.status()).isEqualTo(201);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(made.body());
    String id = made.body().get("id").asString();
    call("PUT", path(id) + "/members/" + scene.user("carol"), "{}")
        .assertProblem(409, "conflict", null);
    call("DELETE", path(id) + "/members/" + scene.user("bob"), null)
        .assertProblem(409, "conflict", null);
  }

  @Test
  void refusesWhatCannotBeWithItsField() {
    call("POST", "/chats", "{\"memberIds\":[\"a\"]}").assertProblem(400, "bad_request", "type");
    call("POST", "/chats", "{\"type\":\"crowd\"}").assertProblem(400, "bad_request", "type");
    call("POST", "/chats", "{\"type\":\"group\",\"memberIds\":\"a\"}")
        .assertProblem(400, "bad_request", "memberIds");
    call("POST", "/chats", "{\"type\":\"group\",\"memberIds\":[\"\"]}")
        .assertProblem(400, "bad_request", "memberIds");
    call("POST", "/chats", "{\"type\":\"direct\",\"memberIds\":[\"a\"]}")
        .assertProblem(400, "bad_request", "memberIds");
    call("POST", "/chats", "{\"type\":\"group\",\"title\":\"%s\"}".formatted("x".repeat(201)))
        .assertProblem(400, "bad_request", "title");
    call("POST", "/chats", "{\"id\":\"%s\",\"type\":\"group\"}".formatted("x".repeat(129)))
        .assertProblem(400, "bad_request", "id");
    assertThat(call("POST", "/chats", "not json").status()).isEqualTo(400);
    assertThat(call("POST", "/chats", null).status()).isEqualTo(400);
    call("POST", "/chats", group(chat, "alice"));
    call("POST", path(chat) + "/messages", "{\"content\":\"hi\"}")
        .assertProblem(400, "bad_request", "senderId");
    call("POST", path(chat) + "/messages", "{\"senderId\":\"s\"}")
        .assertProblem(400, "bad_request", "content");
    call("POST", path(chat) + "/messages", "{\"senderId\":\"s\",\"content\":\" \"}")
        .assertProblem(400, "bad_request", "content");
    call("PUT", path(chat) + "/members/" + "u".repeat(129), "{}")
        .assertProblem(400, "bad_request", "userId");
    call("PUT", path(chat) + "/members/u", "{\"role\":\"king\"}")
        .assertProblem(400, "bad_request", "role");
  }

  @Test
  void refusesTextThatCannotBeStored() {
    call("POST", "/chats", group(chat, "alice"));
    String broken = "a\\u0000b";
    for (String text : List.of(broken, "\\ud800")) {
      call("POST", "/chats", "{\"type\":\"group\",\"title\":\"%s\"}".formatted(text))
          .assertProblem(400, "bad_request", "title");
      call(
              "POST",
              path(chat) + "/messages",
              "{\"senderId\":\"s\",\"content\":\"%s\"}".formatted(text))
          .assertProblem(400, "bad_request", "content");
      call(
              "POST",
              path(chat) + "/messages",
              "{\"senderId\":\"s\",\"content\":\"x\",\"attachments\":[{\"url\":\"https://a.example\",\"mime\":\"%s\",\"size\":1}]}"
                  .formatted(text))
          .assertProblem(400, "bad_request", "attachments");
    }
    assertThat(call("DELETE", "/chats/a%00b", null).status()).isEqualTo(400);
    assertThat(call("PUT", "/chats/a%00b/members/u", "{}").status()).isEqualTo(400);
    assertThat(call("DELETE", "/chats/a%00b/members/u", null).status()).isEqualTo(400);
    assertThat(call("DELETE", path(chat) + "/members/a%00b", null).status()).isEqualTo(400);
  }

  @Test
  void answersNotFoundForWhatIsNotThere() {
    call("PUT", "/chats/nowhere/members/u", "{}").assertProblem(404, "not_found", null);
    assertThat(call("DELETE", "/chats/nowhere/members/u", null).status()).isEqualTo(204);
    call("POST", "/chats/nowhere/messages", "{\"senderId\":\"s\",\"content\":\"x\"}")
        .assertProblem(404, "not_found", null);
    call("GET", "/nothing", null).assertProblem(404, "not_found", null);
    assertThat(call("DELETE", "/chats/nowhere", null).status()).isEqualTo(204);
  }

  @Test
  void changesMembersOnAllNodes() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    call("POST", "/chats", group(chat, "alice"));
    alice.call(join(chat));
    alice.skip();
    String member = path(chat) + "/members/" + scene.user("bob");

    assertThat(call("PUT", member, "{}").status()).isEqualTo(204);
    assertThat(call("PUT", member, null).status()).isEqualTo(204);
    for (GatewayClient client : List.of(alice, bob)) {
      Received told = client.await("chat:member");
      assertThat(told.text("action")).isEqualTo("add");
      assertThat(told.text("by")).isEqualTo("platform");
    }
    bob.call(join(chat));
    assertThat(call("PUT", member, "{\"role\":\"admin\"}").status()).isEqualTo(204);
    assertThat(alice.await("chat:member").text("action")).isEqualTo("promote");
    assertThat(bob.await("chat:member").text("action")).isEqualTo("promote");

    assertThat(call("DELETE", member, null).status()).isEqualTo(204);
    assertThat(call("DELETE", member, null).status()).isEqualTo(204);
    assertThat(bob.await("chat:member").text("action")).isEqualTo("remove");
    assertThat(alice.await("chat:member").text("action")).isEqualTo("remove");
    bob.skip();
    alice.call(message(chat, "without bob"));
    alice.assertNothingBefore("chat:message", "chat:member");
    assertNothingBeforeEvent(scene.first(), bob, frame -> frame.text("chatId").equals(chat));
    assertThat(bob.refusal(join(chat)).code()).isEqualTo("forbidden");
  }

  @Test
  void makesNobodyAdminWhenAnOrdinaryMemberGoes() {
    String noAdmin =
        "{\"id\":\"%s\",\"type\":\"group\",\"memberIds\":[\"%s\",\"%s\"]}"
            .formatted(chat, scene.user("alice"), scene.user("bob"));
    call("POST", "/chats", noAdmin);
    GatewayClient alice = scene.onSecond("alice");
    alice.call(join(chat));
    alice.skip();

    call("DELETE", path(chat) + "/members/" + scene.user("bob"), null);

    assertThat(alice.await("chat:member").text("action")).isEqualTo("remove");
    call("POST", path(chat) + "/messages", "{\"senderId\":\"s\",\"content\":\"marker\"}");
    alice.assertNothingBefore("chat:message", "chat:member");
  }
}
