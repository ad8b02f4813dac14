package dev.realtime.gateway.web;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Markers.assertNothingBeforeEvent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.support.ApiCalls.Answer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** {@code PUT} gives a chat the title, members and admins in its body, whatever it had before. */
@Timeout(60)
class ChatUpsertApiIT extends ChatApiScene {

  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void namesItsChatOnce() {
    call("PUT", path(chat), group(chat + "2", "alice")).assertProblem(400, "bad_request", "id");
    assertThat(
            call("PUT", path(chat), group(chat, "alice").replaceFirst("\"id\": \"[^\"]*\", ", "")))
        .extracting(Answer::status)
        .isEqualTo(200);
  }

  @Test
  void makesTitleAndMembersThese() {
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
    assertThat(bob.await(frame -> frame.text("action").equals("remove"), SOON).text("userId"))
        .isEqualTo(scene.user("bob"));
    carol.await(frame -> frame.text("action").equals("add"), SOON);
    alice.call(message(chat, "after"));
    assertNothingBeforeEvent(scene.first(), bob, frame -> frame.event().equals("chat:message"));
    String untitled = group(chat, "carol", "alice").replace("\"title\": \"Team\", ", "");
    call("PUT", path(chat), untitled);
    assertThat(alice.await("chat:updated").data().has("title")).isFalse();
  }

  @Test
  void leavesExactlyTheAdminsItNames() {
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
  void refusesToMakeADirectChatAGroup() {
    String pair =
        "{\"id\":\"%s\",\"type\":\"direct\",\"memberIds\":[\"%s\",\"%s\"]}"
            .formatted(chat, scene.user("alice"), scene.user("bob"));
    call("POST", "/chats", pair);

    call("PUT", path(chat), group(chat, "alice")).assertProblem(409, "conflict", "type");
    assertThat(call("PUT", path(chat), pair).status()).isEqualTo(200);
  }

  @Test
  void saysWhatItCannotMakeSo() {
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

  /** A missing list of members is refused, because the client may have forgotten it. */
  @Test
  void requiresMembers() {
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
    // 499 members leave and 499 others join.
    await()
        .atMost(SOON)
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
}
