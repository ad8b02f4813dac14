package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.Commands.listChats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** A client that lost the ack repeats its command; the chat or stream is created once. */
@Timeout(60)
class RepeatedCreationIT {

  private static final Duration SOON = Duration.ofSeconds(10);

  /** What a client can create under an idempotency key. */
  enum Kind {
    CHAT("chat:create", "chatId", "{\"type\":\"group\",\"memberIds\":[\"%s\"],\"title\":\"%s\"%s}"),
    STREAM(
        "live:create", "streamId", "{\"playbackUrl\":\"https://%s.example\",\"title\":\"%s\"%s}");

    final String event;
    final String id;
    private final String data;

    Kind(String event, String id, String data) {
      this.event = event;
      this.id = id;
      this.data = data;
    }

    String data(String with, String title, String tempId) {
      return data.formatted(with, title, tempId.isEmpty() ? "" : ",\"tempId\":\"" + tempId + "\"");
    }
  }

  @AutoClose private final Scene scene = new Scene();

  private final AtomicInteger lastId = new AtomicInteger();
  private final String mark = UUID.randomUUID().toString();
  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");

  private JsonNode create(GatewayClient client, Kind kind, String title, String tempId) {
    return ask(client, kind.event, kind.data(scene.user("bob"), title, tempId));
  }

  /** The data of the reply, be it an ack or an error. */
  private JsonNode ask(GatewayClient client, String event, String data) {
    String id = "create" + lastId.incrementAndGet();
    client.sendText("{\"event\":\"%s\",\"id\":\"%s\",\"data\":%s}".formatted(event, id, data));
    Received reply = client.await(frame -> id.equals(frame.id()), SOON);
    return reply.data();
  }

  @ParameterizedTest
  @EnumSource
  void isMadeOnceHoweverOften(Kind kind) {
    JsonNode first = create(alice, kind, "Holiday", mark);
    JsonNode again = create(alice, kind, "Holiday", mark);
    JsonNode elsewhere = create(scene.onSecond("alice"), kind, "Holiday", mark);

    assertThat(first.get("duplicate").asBoolean(true)).isFalse();
    assertThat(again.get("duplicate").asBoolean(false)).isTrue();
    assertThat(elsewhere).isEqualTo(again);
    assertThat(again.get(kind.id)).isEqualTo(first.get(kind.id));
    assertThat(again.get("title").asString()).isEqualTo("Holiday");
  }

  @ParameterizedTest
  @EnumSource
  void isMadeOnceHoweverManyAskAtOnce(Kind kind) {
    List<GatewayClient> devices = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      devices.add(scene.onFirst("carol"));
      devices.add(scene.onSecond("carol"));
    }
    for (int round = 0; round < 10; round++) {
      String tempId = mark + round;
      List<JsonNode> acks =
          devices.stream()
              .map(device -> scene.beside(() -> create(device, kind, "Holiday", tempId)))
              .toList()
              .stream()
              .map(Scene::finish)
              .toList();

      assertThat(acks)
          .extracting(ack -> ack.path(kind.id).asString(""))
          .containsOnly(acks.getFirst().path(kind.id).asString("missing"));
      assertThat(acks).filteredOn(ack -> !ack.get("duplicate").asBoolean()).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void isAnotherWithoutAMarkOrUnderAnotherOrOfAnotherCaller(Kind kind) {
    List<JsonNode> made =
        List.of(
            create(alice, kind, "Holiday", ""),
            create(alice, kind, "Holiday", ""),
            create(alice, kind, "Holiday", mark),
            create(alice, kind, "Holiday", mark + "b"),
            create(bob, kind, "Holiday", mark));

    assertThat(made).extracting(ack -> ack.get(kind.id).asString()).doesNotHaveDuplicates();
    assertThat(made).allMatch(ack -> !ack.get("duplicate").asBoolean(true));
  }

  @ParameterizedTest
  @EnumSource
  void isRefusedWithAnotherBodyUnderTheSameMark(Kind kind) {
    create(alice, kind, "Holiday", mark);

    JsonNode other = create(alice, kind, "Work", mark);

    assertThat(other.path("code").asString()).isEqualTo("conflict");
    assertThat(other.path("field").asString()).isEqualTo("tempId");
    assertThat(other.path("tempId").asString()).isEqualTo(mark);
    assertThat(create(alice, kind, "Holiday", mark).get("duplicate").asBoolean()).isTrue();
  }

  @Test
  void tellsMembersOnceOfAChat() {
    create(alice, Kind.CHAT, "Holiday", mark);
    create(alice, Kind.CHAT, "Holiday", mark);

    bob.await("chat:member");
    assertThat(bob.call(listChats()).get("chats")).hasSize(1);
    String other = create(alice, Kind.CHAT, "Marker", mark + "b").get("chatId").asString();
    bob.assertNothingBefore(
        frame -> Scene.isAbout(frame, other), frame -> frame.event().equals("chat:member"));
  }

  @Test
  void takesMembersInAnotherOrderForTheSameBody() {
    String data = "{\"type\":\"group\",\"memberIds\":[\"%s\",\"%s\"],\"tempId\":\"" + mark + "\"}";

    JsonNode first = ask(alice, "chat:create", data.formatted("bob", "carol"));
    JsonNode again = ask(alice, "chat:create", data.formatted("carol", "bob"));

    assertThat(again.get("chatId")).isEqualTo(first.get("chatId"));
  }

  @Test
  void givesADirectPairOneChatUnderWhateverTempId() {
    String data = "{\"type\":\"direct\",\"memberIds\":[\"" + scene.user("bob") + "\"]%s}";
    JsonNode first = ask(alice, "chat:create", data.formatted(""));
    String tempId = ",\"tempId\":\"" + mark + "\"";

    JsonNode marked = ask(alice, "chat:create", data.formatted(tempId));
    JsonNode again = ask(alice, "chat:create", data.formatted(tempId));

    assertThat(first.get("duplicate").asBoolean(true)).isFalse();
    assertThat(marked.get("chatId")).isEqualTo(first.get("chatId"));
    assertThat(marked.get("duplicate").asBoolean()).isTrue();
    assertThat(again).isEqualTo(marked);
  }

  @Test
  void makesNoChatAgainThatIsGone() {
    String chat = create(alice, Kind.CHAT, "Holiday", mark).get("chatId").asString();
    assertThat(ApiCalls.call(scene.first(), "DELETE", "/api/v1/chats/" + chat, null).status())
        .isEqualTo(204);

    JsonNode again = create(alice, Kind.CHAT, "Holiday", mark);

    assertThat(again.path("code").asString()).isEqualTo("forbidden");
    assertThat(alice.call(listChats()).get("chats")).isEmpty();
  }

  /** The reply to a repeated command shows the present state of the stream. */
  @Test
  void showsAStreamAsItIsNow() {
    String stream = create(alice, Kind.STREAM, "Launch", mark).get("streamId").asString();
    bob.call(new JoinStream(stream));

    await()
        .atMost(SOON)
        .until(() -> create(alice, Kind.STREAM, "Launch", mark).get("viewerCount").asLong() == 1);
    JsonNode again = create(alice, Kind.STREAM, "Launch", mark);
    assertThat(again.get("duplicate").asBoolean()).isTrue();
    assertThat(again.get("hostId").asString()).isEqualTo(scene.user("alice"));
  }
}
