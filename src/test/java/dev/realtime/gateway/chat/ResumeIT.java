package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.messages;
import static dev.realtime.gateway.support.ChatActions.numbers;
import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.ChatActions.sendAll;
import static dev.realtime.gateway.support.ChatActions.seqs;
import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static dev.realtime.gateway.support.Commands.resume;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.JoinChat;
import dev.realtime.gateway.protocol.ChatCommand.MarkRead;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.SessionCommand.Resume;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What {@code session:resume} brings back. */
@Timeout(90)
class ResumeIT {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");
  private final String chat = scene.group(alice, "bob");

  private JsonNode of(JsonNode ack) {
    return ack.at("/chats/" + chat);
  }

  @Test
  void replaysEverythingAfterThePositionInItsPresentState() {
    sendAll(alice, chat, "text ", 9);
    String id = alice.call(message(chat, "old text")).get("id").asString();
    alice.call(edit(id, "new text"));

    JsonNode answer = of(bob.call(resume(chat, new Position(6, 6L))));
    bob.await(frame -> frame.number("seq") == 10, DEADLINE);

    assertThat(answer.get("outcome").asString()).isEqualTo("recovered");
    assertThat(answer.get("lastSeq").asLong()).isEqualTo(10);
    assertThat(answer.get("lastRev").asLong()).isEqualTo(11);
    assertThat(answer.get("readSeq").asLong()).isZero();
    assertThat(answer.get("unread").asLong()).isEqualTo(10);
    assertThat(answer.get("members")).hasSize(2);
    assertThat(answer.has("changes")).isFalse();
    List<Received> replayed = messages(bob, chat);
    assertThat(seqs(bob, chat)).isEqualTo(numbers(7, 10));
    assertThat(replayed).allMatch(Received::isReplayed);
    assertThat(replayed.getLast().text("content")).isEqualTo("new text");
    alice.call(message(chat, "live"));
    Received live =
        bob.assertNothingBefore(
            frame -> frame.number("seq") == 11, frame -> frame.event().equals("chat:edit"));
    assertThat(live.isReplayed()).isFalse();
  }

  /** Markers have no rev: without the members a client would show a message as unread for good. */
  @Test
  void tellsHowFarTheMembersHaveReadInTheMeantime() {
    sendAll(alice, chat, "text ", 2);
    String last = alice.call(message(chat, "text 3")).get("id").asString();
    Position known = new Position(3, 3L);
    assertThat(readSeq(of(bob.call(resume(chat, known))), "bob")).isZero();

    bob.call(new MarkRead(chat, last));

    assertThat(readSeq(of(scene.onFirst("alice").call(resume(chat, known))), "bob")).isEqualTo(3);
  }

  private long readSeq(JsonNode answer, String name) {
    return answer
        .get("members")
        .valueStream()
        .filter(member -> member.get("userId").asString().equals(scene.user(name)))
        .findAny()
        .orElseThrow()
        .get("readSeq")
        .asLong();
  }

  @Test
  void replaysChangedOlderMessagesAfterTheMissedOnes() {
    List<String> ids =
        IntStream.range(0, 5)
            .mapToObj(i -> alice.call(message(chat, "text " + i)).get("id").asString())
            .toList();
    alice.call(edit(ids.get(1), "edited"));
    alice.call(message(chat, "missed"));
    alice.call(react(ids.get(0), "ok"));
    alice.call(edit(ids.get(1), "edited again"));

    bob.call(resume(chat, new Position(5, 5L)));
    bob.await(frame -> frame.number("rev") == 9, DEADLINE);

    List<Received> pushed =
        Scene.pushes(bob, chat).stream()
            .filter(frame -> frame.event().matches("chat:(message|changed)"))
            .toList();
    assertThat(pushed)
        .extracting(Received::event)
        .containsExactly("chat:message", "chat:changed", "chat:changed");
    assertThat(pushed).extracting(frame -> frame.number("rev")).containsExactly(7L, 8L, 9L);
    assertThat(pushed).allMatch(Received::isReplayed);
    assertThat(pushed.get(1).data().at("/message/reactions/0/reaction").asString()).isEqualTo("ok");
    assertThat(pushed.get(2).data().at("/message/content").asString()).isEqualTo("edited again");
  }

  @Test
  void replaysMessagesWithoutChangesForABareSeq() {
    String id = alice.call(message(chat, "text")).get("id").asString();
    alice.call(message(chat, "missed"));
    alice.call(edit(id, "edited"));

    JsonNode answer = of(bob.call(resume(chat, new Position(1, null))));
    bob.await(frame -> frame.number("seq") == 2, DEADLINE);

    assertThat(answer.get("outcome").asString()).isEqualTo("recovered");
    assertThat(answer.get("changes").asBoolean(true)).isFalse();
    alice.call(message(chat, "live"));
    bob.assertNothingBefore(
        frame -> says(frame, "live"), frame -> frame.event().matches("chat:(changed|edit)"));
  }

  @Test
  void answersTooMuchOrAWrongPositionWithASnapshotAndGoesOn() {
    sendAll(alice, chat, "text ", 501);
    String epoch = bob.welcome().get("epoch").asString();

    assertThat(of(bob.call(resume(chat, new Position(1, 1L)))).get("outcome").asString())
        .as("500 were missed")
        .isEqualTo("recovered");
    bob.await(frame -> frame.number("seq") == 501, DEADLINE);
    // 501 messages, and one more after each of these.
    assertSnapshot(resume(chat, new Position(0, 0L)), 501);
    assertSnapshot(resume(chat, new Position(0, null)), 502);
    assertSnapshot(resume(chat, new Position(504, 504L)), 503);
    assertSnapshot(resume(chat, new Position(504, 505L)), 504);
    assertSnapshot(resume("another epoch", Map.of(chat, new Position(500, 500L))), 505);
    Resume sameEpoch = resume(epoch, Map.of(chat, new Position(500, 500L)));
    assertThat(of(scene.onFirst("bob").call(sameEpoch)).get("outcome").asString())
        .isEqualTo("recovered");
  }

  private void assertSnapshot(Resume command, long last) {
    GatewayClient back = scene.onFirst("bob");
    JsonNode answer = of(back.call(command));
    assertThat(answer.get("outcome").asString()).as(command.toString()).isEqualTo("snapshot");
    assertThat(answer.get("lastSeq").asLong()).isEqualTo(last);
    alice.call(message(chat, "live"));
    Received live =
        back.assertNothingBefore(
            frame -> frame.number("seq") == last + 1,
            frame -> Scene.isAbout(frame, chat) && frame.isReplayed());
    assertThat(live.isReplayed()).isFalse();
  }

  @Test
  void replaysAMessageThatChangedOftenOnce() {
    String id = alice.call(message(chat, "text")).get("id").asString();
    List<CompletableFuture<JsonNode>> changes =
        IntStream.range(0, 3).mapToObj(i -> alice.request(edit(id, "edit " + i))).toList();
    changes.forEach(CompletableFuture::join);

    JsonNode answer = of(bob.call(resume(chat, new Position(1, 1L))));

    // One message changed, however often.
    assertThat(answer.get("outcome").asString()).isEqualTo("recovered");
    Received changed = bob.await("chat:changed");
    assertThat(changed.data().at("/message/content").asString()).isEqualTo("edit 2");
    alice.call(message(chat, "live"));
    bob.assertNothingBefore(
        frame -> says(frame, "live"), frame -> frame.event().equals("chat:changed"));
  }

  @Test
  void resumesTheOthersBesideAForbiddenChat() {
    String foreign = scene.group(alice, "carol");
    sendAll(alice, chat, "text ", 3);

    JsonNode ack =
        bob.call(
            new Resume(
                null,
                Map.of(
                    chat,
                    new Position(0, 0L),
                    foreign,
                    new Position(0, 0L),
                    "nowhere",
                    new Position(7, null)),
                null,
                null));
    bob.await(frame -> frame.number("seq") == 3, DEADLINE);

    assertThat(of(ack).get("outcome").asString()).isEqualTo("recovered");
    assertThat(ack.at("/chats/" + foreign).toString()).isEqualTo("{\"outcome\":\"forbidden\"}");
    assertThat(ack.at("/chats/nowhere").toString()).isEqualTo("{\"outcome\":\"forbidden\"}");
    alice.call(message(foreign, "secret"));
    alice.call(message(chat, "marker"));
    bob.assertNothingBefore(frame -> says(frame, "marker"), frame -> Scene.isAbout(frame, foreign));
  }

  @Test
  void replaysForAJoinWithSince() {
    sendAll(alice, chat, "text ", 60);

    JsonNode state = bob.call(new JoinChat(chat, 2L));
    bob.await(frame -> frame.number("seq") == 60, DEADLINE);

    assertThat(state.get("lastSeq").asLong()).isEqualTo(60);
    assertThat(seqs(bob, chat)).isEqualTo(numbers(3, 60));
    assertThat(messages(bob, chat)).allMatch(Received::isReplayed);
    alice.call(message(chat, "live"));
    assertThat(bob.await(frame -> frame.number("seq") == 61, DEADLINE).isReplayed()).isFalse();
  }
}
