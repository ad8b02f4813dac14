package dev.realtime.gateway.web;

import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Chats for the platform's backend: what it asks, and what connected clients see of it. */
@Timeout(60)
class ChatApiIT {

  private static final Duration QUIET = Duration.ofMillis(400);

  @AutoClose private final Scene scene = new Scene();

  private final String chat = scene.user("platform/chat é");

  private Answer call(String method, String path, @Nullable String body, String... headers) {
    return callAs(TestGateway.serviceToken(), method, path, body, headers);
  }

  private Answer callAs(
      @Nullable String token,
      String method,
      String path,
      @Nullable String body,
      String... headers) {
    return ApiCalls.to(scene.first()).as(token).call(method, "/api/v1" + path, body, headers);
  }

  private String path(String id) {
    return "/chats/" + encoded(id);
  }

  private static String encoded(String segment) {
    return java.net.URLEncoder.encode(segment, java.nio.charset.StandardCharsets.UTF_8)
        .replace("+", "%20");
  }

  private String group(String id, String... names) {
    String members =
        List.of(names).stream()
            .map(name -> '"' + scene.user(name) + '"')
            .reduce((a, b) -> a + "," + b)
            .orElse("");
    return """
    {"id": "%s", "type": "group", "title": "Team", "memberIds": [%s], "adminIds": ["%s"]}\
    """
        .formatted(id, members, scene.user("alice"));
  }

  @Test
  void everyCallNeedsAServiceToken() {
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
  void aChatIsMadeOnce() {
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
  void aDirectPairHasOneChat() {
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
  void whatCannotBeIsRefusedWithItsField() {
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
  void textThatCannotBeStoredIsRefusedAndNoFault() {
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
  void whatIsNotThereIsNotFound() {
    call("PUT", "/chats/nowhere/members/u", "{}").assertProblem(404, "not_found", null);
    assertThat(call("DELETE", "/chats/nowhere/members/u", null).status()).isEqualTo(204);
    call("POST", "/chats/nowhere/messages", "{\"senderId\":\"s\",\"content\":\"x\"}")
        .assertProblem(404, "not_found", null);
    call("GET", "/nothing", null).assertProblem(404, "not_found", null);
    assertThat(call("DELETE", "/chats/nowhere", null).status()).isEqualTo(204);
  }

  @Test
  void membersComeAndGoOnAllNodes() {
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
    alice.assertSilence("chat:member", QUIET);
    bob.assertSilence(frame -> frame.text("chatId").equals(chat), QUIET);
    assertThat(bob.refusal(join(chat)).code()).isEqualTo("forbidden");
  }

  @Test
  void theGoingOfAnOrdinaryMemberMakesNobodyAdmin() {
    String noAdmin =
        "{\"id\":\"%s\",\"type\":\"group\",\"memberIds\":[\"%s\",\"%s\"]}"
            .formatted(chat, scene.user("alice"), scene.user("bob"));
    call("POST", "/chats", noAdmin);
    GatewayClient alice = scene.onSecond("alice");
    alice.call(join(chat));
    alice.skip();

    call("DELETE", path(chat) + "/members/" + scene.user("bob"), null);

    assertThat(alice.await("chat:member").text("action")).isEqualTo("remove");
    alice.assertSilence("chat:member", QUIET);
  }

  @Test
  void anUpsertNamesItsChatOnce() {
    call("PUT", path(chat), group(chat + "2", "alice")).assertProblem(400, "bad_request", "id");
    assertThat(
            call("PUT", path(chat), group(chat, "alice").replaceFirst("\"id\": \"[^\"]*\", ", "")))
        .extracting(Answer::status)
        .isEqualTo(200);
  }

  @Test
  void anUpsertMakesTitleAndMembersThese() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    GatewayClient carol = scene.onSecond("carol");
    assertThat(call("PUT", path(chat), group(chat, "alice", "bob")).status()).isEqualTo(200);
    Answer same = call("PUT", path(chat), group(chat, "alice", "bob"));
    assertThat(same.status()).isEqualTo(200);
    assertThat(same.body().get("memberIds")).hasSize(2);
    alice.call(join(chat));
    bob.call(join(chat));
    alice.skip();
    bob.skip();

    Answer changed = call("PUT", path(chat), group(chat, "carol", "alice").replace("Team", "Crew"));

    assertThat(changed.body().get("title").asString()).isEqualTo("Crew");
    assertThat(changed.body().get("memberIds"))
        .extracting(JsonNode::asString)
        .containsExactlyInAnyOrder(scene.user("alice"), scene.user("carol"));
    Received updated = alice.await("chat:updated");
    assertThat(updated.text("title")).isEqualTo("Crew");
    assertThat(updated.number("rev")).isEqualTo(1);
    assertThat(bob.await(frame -> frame.text("action").equals("remove"), QUIET).text("userId"))
        .isEqualTo(scene.user("bob"));
    carol.await(frame -> frame.text("action").equals("add"), QUIET);
    alice.call(message(chat, "after"));
    bob.assertSilence(frame -> frame.event().equals("chat:message"), QUIET);
    String untitled = group(chat, "carol", "alice").replace("\"title\": \"Team\", ", "");
    call("PUT", path(chat), untitled);
    assertThat(alice.await("chat:updated").data().has("title")).isFalse();
  }

  @Test
  void anUpsertLeavesExactlyTheAdminsItNames() {
    call("PUT", path(chat), group(chat, "alice", "bob", "carol"));
    GatewayClient bob = scene.onSecond("bob");
    call(
        "PUT",
        path(chat),
        group(chat, "alice", "bob", "carol")
            .replace("[\"" + scene.user("alice") + "\"]", "[\"" + scene.user("carol") + "\"]"));

    List<String> admins =
        bob.call(join(chat))
            .get("members")
            .valueStream()
            .filter(each -> each.get("role").asString().equals("admin"))
            .map(each -> each.get("userId").asString())
            .toList();

    assertThat(admins).containsExactly(scene.user("carol"));
  }

  @Test
  void aDirectChatCannotBecomeAGroup() {
    String pair =
        "{\"id\":\"%s\",\"type\":\"direct\",\"memberIds\":[\"%s\",\"%s\"]}"
            .formatted(chat, scene.user("alice"), scene.user("bob"));
    call("POST", "/chats", pair);

    call("PUT", path(chat), group(chat, "alice")).assertProblem(409, "conflict", "type");
    assertThat(call("PUT", path(chat), pair).status()).isEqualTo(200);
  }

  @Test
  void anUpsertSaysWhatItCannotMakeSo() {
    String pair = "{\"type\":\"direct\",\"memberIds\":[\"%s\",\"%s\"]}";
    String alice = scene.user("alice");
    call("PUT", path(chat), pair.formatted(alice, scene.user("bob")));

    call("PUT", path(chat), pair.formatted(alice, scene.user("carol")))
        .assertProblem(409, "conflict", "memberIds");
    call("PUT", path(chat + "2"), pair.formatted(scene.user("bob"), alice))
        .assertProblem(409, "conflict", "memberIds");
    call("PUT", path(chat + "3"), group(chat + "3", "alice"));
    call("PUT", path(chat + "3"), pair.formatted(alice, scene.user("dave")))
        .assertProblem(409, "conflict", "type");
    assertThat(call("PUT", path(chat), pair.formatted(scene.user("bob"), alice)).status())
        .isEqualTo(200);
  }

  /** A forgotten list is no empty list. */
  @Test
  void membersMustBeNamed() {
    call("PUT", path(chat), group(chat, "alice", "bob"));

    String nobody = "{\"type\":\"group\",\"title\":\"New\"}";
    call("PUT", path(chat), nobody).assertProblem(400, "bad_request", "memberIds");
    call("POST", "/chats", nobody).assertProblem(400, "bad_request", "memberIds");
    String many = "\"u\",".repeat(1_000) + "\"u\"";
    call("POST", "/chats", "{\"type\":\"group\",\"memberIds\":[%s]}".formatted(many))
        .assertProblem(400, "bad_request", "memberIds");

    assertThat(call("PUT", path(chat), group(chat, "alice", "bob")).body().get("memberIds"))
        .hasSize(2);
  }

  @Test
  void replacesHundredsOfMembersAtOnce() {
    GatewayClient alice = scene.onSecond("alice");
    String[] before = IntStream.range(0, 999).mapToObj(i -> "m" + i).toArray(String[]::new);
    String[] after = IntStream.range(0, 999).mapToObj(i -> "m" + 2 * i).toArray(String[]::new);
    assertThat(call("PUT", path(chat), group(chat, before)).status()).isEqualTo(200);
    alice.call(join(chat));

    Answer answer = call("PUT", path(chat), group(chat, after));

    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    assertThat(answer.body().get("memberIds"))
        .extracting(JsonNode::asString)
        .contains(Arrays.stream(after).map(scene::user).toArray(String[]::new))
        .hasSize(1_000);
    // 499 go and 499 come.
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            assertThat(revs(alice)).isEqualTo(LongStream.rangeClosed(1, 998).boxed().toList()));
  }

  private static List<Long> revs(GatewayClient client) {
    return client.received().stream()
        .filter(frame -> frame.event().equals("chat:member"))
        .map(frame -> frame.number("rev"))
        .filter(rev -> rev > 0)
        .toList();
  }

  /** Its many messages go after it, and hold up nobody. */
  @Test
  void aLargeChatIsGoneAtOnceAndItsMessagesSoonAfter() {
    GatewayClient alice = scene.onFirst("alice");
    call("POST", "/chats", group(chat, "alice"));
    Database database = scene.first().bean(Database.class);
    database
        .sql(
            "insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id,"
                + " fingerprint, content, created_at) select :chat, n, gen_random_uuid(), n, n, 's',"
                + " n::text, gen_random_uuid(), 'x', now() from generate_series(1, 9000) n")
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

  @Test
  void whatIsWrongWithAKeyIsSaidOfTheKey() {
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
  void ofADeletedChatNothingComesAnyMore() {
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
    bob.assertSilence(frame -> frame.text("chatId").equals(chat) && !frame.isReply(), QUIET);
    assertThat(call("POST", "/chats", group(chat, "alice", "bob")).status()).isEqualTo(201);
    JsonNode anew = bob.call(join(chat));
    assertThat(anew.get("lastSeq").asLong()).as("above the deleted chat's").isEqualTo(2);
    assertThat(anew.get("unread").asLong()).isZero();
    assertThat(alice.call(message(chat, "anew")).get("seq").asLong()).isEqualTo(3);
    assertThat(bob.await("chat:message").text("content")).isEqualTo("anew");
  }

  /** What was on its way at the deletion must not come back in a later chat of this id. */
  @Test
  void aChatDeletedWhileItGrowsLeavesNothingBehind() {
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
  void aMessageOfThePlatformNeedsNoMembership() {
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
    bob.assertSilence("chat:message", QUIET);
    assertThat(call("POST", path(chat) + "/messages", body).body().get("seq").asLong())
        .isEqualTo(2);
  }
}
