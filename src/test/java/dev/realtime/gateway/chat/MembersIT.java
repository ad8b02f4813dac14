package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.ChatCommand.CreateChat;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Encryption;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Chats, who is in them, and what members read of them. */
@Timeout(90)
class MembersIT {

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");

  private CreateChat create(ChatType type, @Nullable String title, String... names) {
    return new CreateChat(type, List.of(names).stream().map(scene::user).toList(), title, null);
  }

  private static List<String> fields(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  private Map<String, String> roles(GatewayClient client, String chat) {
    Map<String, String> roles = new LinkedHashMap<>();
    client
        .call(join(chat))
        .get("members")
        .forEach(each -> roles.put(each.get("userId").asString(), each.get("role").asString()));
    return roles;
  }

  @Test
  void makesTheCreatorAdminAndTellsTheMembers() {
    JsonNode made = alice.call(create(ChatType.GROUP, "Friends", "bob", "alice"));

    assertThat(fields(made))
        .containsExactlyInAnyOrder(
            "chatId",
            "type",
            "title",
            "lastSeq",
            "lastRev",
            "readSeq",
            "unread",
            "memberCount",
            "members",
            "duplicate");
    assertThat(made.get("type").asString()).isEqualTo("group");
    assertThat(made.get("title").asString()).isEqualTo("Friends");
    assertThat(made.get("memberCount").asLong()).isEqualTo(2);
    assertThat(made.get("lastSeq").asLong()).isZero();
    String chat = made.get("chatId").asString();
    assertThat(roles(alice, chat))
        .containsOnly(
            Map.entry(scene.user("alice"), "admin"), Map.entry(scene.user("bob"), "member"));
    Received told = bob.await("chat:member");
    assertThat(told.text("chatId")).isEqualTo(chat);
    assertThat(told.text("action")).isEqualTo("add");
    assertThat(told.text("userId")).isEqualTo(scene.user("bob"));
    assertThat(told.text("by")).isEqualTo(scene.user("alice"));
  }

  @Test
  void givesADirectPairOneChatWhoeverAsks() {
    for (int round = 0; round < 20; round++) {
      String name = "peer" + round;
      GatewayClient peer = scene.onSecond(name);
      List<CompletableFuture<JsonNode>> both =
          List.of(
              alice.request(create(ChatType.DIRECT, null, name)),
              peer.request(create(ChatType.DIRECT, null, "alice")),
              alice.request(create(ChatType.DIRECT, null, name)));
      List<String> ids =
          both.stream().map(answer -> answer.join().get("chatId").asString()).toList();
      assertThat(ids).containsOnly(ids.getFirst());
      assertThat(roles(peer, ids.getFirst()).values()).containsOnly("member");
      peer.abort();
    }
  }

  @Test
  void keepsTheTwoMembersOfADirectChat() {
    String chat = alice.call(create(ChatType.DIRECT, null, "bob")).get("chatId").asString();

    for (MemberAction action :
        List.of(MemberAction.ADD, MemberAction.REMOVE, MemberAction.PROMOTE, MemberAction.DEMOTE)) {
      assertThat(alice.refusal(member(chat, scene.user("carol"), action)).code())
          .isEqualTo("conflict");
      assertThat(alice.refusal(member(chat, scene.user("alice"), action)).code())
          .isEqualTo("conflict");
    }
    assertThat(alice.call(member(chat, scene.user("alice"), MemberAction.MUTE)).toString())
        .isEqualTo("{}");
    assertThat(alice.refusal(create(ChatType.DIRECT, null, "bob", "carol")).code())
        .isEqualTo("bad_request");
    assertThat(alice.refusal(create(ChatType.DIRECT, null, "alice")).code())
        .isEqualTo("bad_request");
  }

  @Test
  void letsAdminsChangeMembersAndTellsTheRoom() {
    String chat = scene.group(alice, "bob");
    GatewayClient carol = scene.onSecond("carol");
    bob.call(join(chat));
    bob.skip();
    alice.call(message(chat, "from before"));

    assertThat(alice.call(member(chat, scene.user("carol"), MemberAction.ADD)).toString())
        .isEqualTo("{}");
    for (GatewayClient client : List.of(bob, carol)) {
      assertThat(client.await("chat:member").data().toString())
          .isEqualTo(
              "{\"chatId\":\"%s\",\"rev\":2,\"userId\":\"%s\",\"action\":\"add\",\"by\":\"%s\"}"
                  .formatted(chat, scene.user("carol"), scene.user("alice")));
    }
    assertThat(carol.call(history(chat)).at("/messages/0/content").asString())
        .isEqualTo("from before");
    alice.call(member(chat, scene.user("carol"), MemberAction.ADD));
    alice.call(member(chat, scene.user("carol"), MemberAction.PROMOTE));
    assertThat(bob.await("chat:member").text("action")).isEqualTo("promote");
    carol.call(member(chat, scene.user("alice"), MemberAction.DEMOTE));
    assertThat(bob.await("chat:member").text("action")).isEqualTo("demote");
    assertThat(alice.refusal(member(chat, scene.user("bob"), MemberAction.REMOVE)).code())
        .isEqualTo("forbidden");
    carol.call(message(chat, "marker"));
    bob.assertNothingBefore(
        frame -> says(frame, "marker"), frame -> frame.event().equals("chat:member"));
    assertThat(roles(bob, chat))
        .containsExactly(
            Map.entry(scene.user("alice"), "member"),
            Map.entry(scene.user("bob"), "member"),
            Map.entry(scene.user("carol"), "admin"));
  }

  @Test
  void letsOthersThanAdminsOnlyLeaveAndMute() {
    String chat = scene.group(alice, "bob", "carol");
    for (MemberAction action :
        List.of(MemberAction.ADD, MemberAction.REMOVE, MemberAction.PROMOTE, MemberAction.DEMOTE)) {
      assertThat(bob.refusal(member(chat, scene.user("carol"), action)).code())
          .isEqualTo("forbidden");
    }
    assertThat(bob.refusal(member(chat, scene.user("bob"), MemberAction.PROMOTE)).code())
        .isEqualTo("forbidden");
    for (MemberAction action : List.of(MemberAction.MUTE, MemberAction.UNMUTE)) {
      assertThat(bob.call(member(chat, scene.user("bob"), action)).toString()).isEqualTo("{}");
      assertThat(alice.refusal(member(chat, scene.user("bob"), action)).code())
          .isEqualTo("forbidden");
    }
    assertThat(alice.refusal(member(chat, scene.user("nobody"), MemberAction.PROMOTE)).code())
        .isEqualTo("not_found");
    bob.call(member(chat, scene.user("bob"), MemberAction.REMOVE));
    assertThat(bob.refusal(message(chat, "gone")).code()).isEqualTo("forbidden");
  }

  @Test
  void makesTheOldestMemberFollowTheLastAdmin() {
    String chat = scene.group(alice, "bob", "carol");
    GatewayClient carol = scene.onFirst("carol");
    carol.call(join(chat));
    carol.skip();

    alice.call(member(chat, scene.user("alice"), MemberAction.REMOVE));

    Received left = carol.await("chat:member");
    Received follows = carol.await("chat:member");
    assertThat(left.text("action")).isEqualTo("remove");
    assertThat(follows.text("action")).isEqualTo("promote");
    assertThat(follows.text("userId")).isEqualTo(scene.user("bob"));
    assertThat(follows.number("rev")).isEqualTo(left.number("rev") + 1);
    bob.call(member(chat, scene.user("bob"), MemberAction.DEMOTE));
    assertThat(roles(carol, chat))
        .containsExactly(
            Map.entry(scene.user("bob"), "member"), Map.entry(scene.user("carol"), "admin"));
  }

  @Test
  void boundsAChatOfUsersToAThousandMembers() {
    Map<String, Role> members = new LinkedHashMap<>();
    members.put(scene.user("alice"), Role.ADMIN);
    IntStream.range(0, 998).forEach(i -> members.put(scene.user("m" + i), Role.MEMBER));
    ChatPlan plan = new ChatPlan(null, ChatType.GROUP, null, null, members);
    String chat =
        Objects.requireNonNull(
                scene
                    .first()
                    .bean(ChatCreation.class)
                    .create("platform", plan)
                    .block(Duration.ofSeconds(10)))
            .id();

    alice.call(member(chat, scene.user("last"), MemberAction.ADD));
    assertThat(alice.refusal(member(chat, scene.user("more"), MemberAction.ADD)).code())
        .isEqualTo("conflict");
    alice.call(member(chat, scene.user("last"), MemberAction.ADD));
    assertThat(alice.call(join(chat)).get("memberCount").asLong()).isEqualTo(1_000);
  }

  @Test
  void refusesPlainTextInAnEncryptedChat() {
    String chat =
        alice
            .call(
                new CreateChat(
                    ChatType.GROUP, List.of(scene.user("bob")), null, Encryption.REQUIRED))
            .get("chatId")
            .asString();

    RefusedException refused = alice.refusal(message(chat, "plain"));

    assertThat(refused.code()).isEqualTo("bad_request");
    assertThat(refused.field()).isEqualTo("content");
    assertThat(alice.call(join(chat)).get("encryption").asString()).isEqualTo("required");
  }
}
