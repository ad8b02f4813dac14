package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.historyAfter;
import static dev.realtime.gateway.support.Commands.historyBefore;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Markers.assertNothingBeforePing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.GetHistory;
import dev.realtime.gateway.protocol.ChatCommand.LeaveChat;
import dev.realtime.gateway.protocol.ChatCommand.ListChats;
import dev.realtime.gateway.support.ChatActions;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What members read of a chat: its state at joining, its history, the list of chats. */
@Timeout(90)
class ChatReadingIT {

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");

  private static List<String> fields(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  @Test
  void tellsTheStateInFullAtJoining() {
    String chat = scene.group(alice, "bob");
    alice.call(message(chat, "one"));
    bob.skip();

    JsonNode ack = bob.call(join(chat));
    assertThat(fields(ack))
        .containsExactlyInAnyOrder(
            "chatId", "type", "lastSeq", "lastRev", "readSeq", "unread", "memberCount", "members");
    assertThat(fields(ack.at("/members/0")))
        .containsExactlyInAnyOrder("userId", "role", "readSeq", "deliveredSeq");
    assertThat(bob.await("chat:joined").data().toString())
        .isEqualTo("{\"chatId\":\"%s\",\"lastSeq\":1}".formatted(chat));

    GatewayClient tablet = scene.onFirst("bob");
    tablet.sendText("{\"event\":\"chat:join\",\"data\":\"%s\"}".formatted(chat));
    assertThat(tablet.await("chat:joined").data()).isEqualTo(ack);
    tablet.sendText("{\"event\":\"chat:leave\",\"id\":\"9\",\"data\":\"%s\"}".formatted(chat));
    Received left = tablet.await(frame -> "9".equals(frame.id()), Duration.ofSeconds(5));
    assertThat(left.data().toString()).isEqualTo("{}");
    alice.call(message(chat, "two"));
    assertThat(bob.await("chat:message").number("seq")).isEqualTo(2);
    assertNothingBeforePing(tablet, frame -> frame.event().equals("chat:message"));
  }

  @Test
  void deliversNothingAfterTheAckOfALeave() {
    String chat = scene.group(alice, "bob");
    String other = scene.group(alice, "bob");
    bob.call(join(other));
    for (int round = 0; round < 30; round++) {
      bob.call(join(chat));
      List<CompletableFuture<JsonNode>> sends =
          IntStream.range(0, 10).mapToObj(i -> alice.request(message(chat, "text"))).toList();
      sends.getFirst().join();
      bob.call(new LeaveChat(chat));
      sends.forEach(CompletableFuture::join);
      // Alice's instance publishes in order, so her next message to another chat is a marker.
      alice.call(message(other, "marker"));
      bob.await(frame -> says(frame, "marker"), GatewayClient.DEADLINE);
      List<Received> all = bob.received();
      int ack =
          IntStream.range(0, all.size())
              .filter(i -> all.get(i).event().equals("ack"))
              .max()
              .orElseThrow();
      assertThat(all.subList(ack, all.size())).noneMatch(frame -> says(frame, "text"));
    }
  }

  @Test
  void readsHistoryPageByPage() {
    String chat = scene.group(alice, "bob");
    List<CompletableFuture<JsonNode>> sends =
        IntStream.range(0, 120).mapToObj(i -> alice.request(message(chat, "t" + i))).toList();
    sends.forEach(CompletableFuture::join);

    assertPage(history(chat), 71, 120, true);
    assertPage(historyBefore(chat, 71L, 70), 1, 70, false);
    assertPage(historyBefore(chat, 71L, 69), 2, 70, true);
    assertPage(historyAfter(chat, 0L, 200), 1, 120, false);
    assertPage(historyAfter(chat, 100L, 19), 101, 119, true);
    assertPage(historyAfter(chat, 100L, 20), 101, 120, false);
    assertPage(new GetHistory(chat, 50L, 40L, 200), 41, 49, false);
    assertPage(new GetHistory(chat, 50L, 40L, 3), 41, 43, true);
    assertPage(historyBefore(chat, 1L, null), 1, 0, false);
    assertPage(historyAfter(chat, 120L, null), 1, 0, false);
    assertPage(historyAfter(chat, Long.MAX_VALUE, null), 1, 0, false);
    String range = "limit must be between 1 and 200.";
    for (int limit : List.of(0, 201, -1)) {
      bob.sendText(
          "{\"event\":\"chat:history\",\"id\":\"x%d\",\"data\":{\"chatId\":\"%s\",\"limit\":%d}}"
              .formatted(limit, chat, limit));
      Received error = bob.await("error");
      assertThat(error.text("field")).isEqualTo("limit");
      assertThat(error.text("message")).isEqualTo(range);
    }
  }

  private void assertPage(GetHistory command, long from, long to, boolean hasMore) {
    JsonNode page = bob.call(command);
    assertThat(page.get("messages").valueStream().map(each -> each.get("seq").asLong()))
        .as(command.toString())
        .isEqualTo(ChatActions.numbers(from, to));
    assertThat(page.get("hasMore").asBoolean()).as(command.toString()).isEqualTo(hasMore);
  }

  @Test
  void listsChatsPageByPageLatestFirst() {
    List<String> chats = new ArrayList<>();
    for (int i = 0; i < 130; i++) {
      chats.add(scene.group(alice, "bob"));
    }
    alice.call(message(chats.get(3), "newest"));
    alice.call(message(chats.get(7), "newest of all"));
    List<String> expected = new ArrayList<>(chats.reversed());
    expected.removeAll(List.of(chats.get(3), chats.get(7)));
    expected.addFirst(chats.get(3));
    expected.addFirst(chats.get(7));

    List<String> listed = new ArrayList<>();
    String cursor = null;
    do {
      JsonNode page = bob.call(new ListChats(cursor, 50));
      page.get("chats").forEach(chat -> listed.add(chat.get("chatId").asString()));
      cursor = page.has("cursor") ? page.get("cursor").asString() : null;
    } while (cursor != null);

    assertThat(listed).isEqualTo(expected);
    assertThat(bob.call(new ListChats(null, 1)).at("/chats/0/lastMessage/content").asString())
        .isEqualTo("newest of all");
    assertThat(bob.refusal(new ListChats("no cursor", null)).field()).isEqualTo("cursor");
    assertThat(bob.refusal(new ListChats("MTIz", null)).code()).isEqualTo("bad_request");
  }
}
