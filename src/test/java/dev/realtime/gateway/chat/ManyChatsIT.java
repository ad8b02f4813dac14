package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.historyAfter;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.support.ChatActions;
import dev.realtime.gateway.support.Scene;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Many chats written at once, in groups that cross each other. */
@Timeout(90)
class ManyChatsIT {

  private static final int CHATS = 100;
  private static final int MESSAGES = 600;

  @AutoClose private final Scene scene = new Scene();

  @Test
  void groupsOfBothNodesNeitherLockEachOtherNorLeaveGaps() {
    GatewayClient alice = scene.onFirst("alice");
    List<GatewayClient> writers =
        List.of(alice, scene.onSecond("bob"), scene.onFirst("bob"), scene.onSecond("alice"));
    List<String> chats =
        IntStream.range(0, CHATS).mapToObj(_ -> scene.group(alice, "bob")).toList();

    List<Future<Integer>> work = new ArrayList<>();
    for (int i = 0; i < writers.size(); i++) {
      GatewayClient writer = writers.get(i);
      Random random = new Random(i);
      work.add(scene.beside(() -> write(writer, chats, random)));
    }
    work.add(scene.beside(() -> change(alice, chats)));
    work.forEach(Scene::finish);

    int total = 0;
    for (String chat : chats) {
      JsonNode messages = alice.call(historyAfter(chat, 0L, 200)).get("messages");
      assertThat(messages.valueStream().map(each -> each.get("seq").asLong()))
          .isEqualTo(ChatActions.numbers(1, messages.size()));
      total += messages.size();
    }
    assertThat(total).isEqualTo(writers.size() * MESSAGES + CHATS);
  }

  private static int write(GatewayClient writer, List<String> chats, Random random) {
    List<CompletableFuture<JsonNode>> acks = new ArrayList<>();
    for (int i = 0; i < MESSAGES; i++) {
      acks.add(writer.request(message(chats.get(random.nextInt(CHATS)), "text " + i)));
      if (i % 100 == 99) {
        acks.forEach(CompletableFuture::join);
      }
    }
    acks.forEach(CompletableFuture::join);
    return MESSAGES;
  }

  /** Changes of other kinds take the same locks. */
  private int change(GatewayClient admin, List<String> chats) {
    for (String chat : chats) {
      String id = admin.call(message(chat, "text")).get("id").asString();
      admin.call(edit(id, "edited"));
      admin.call(member(chat, scene.user("carol"), MemberAction.ADD));
    }
    return chats.size();
  }
}
