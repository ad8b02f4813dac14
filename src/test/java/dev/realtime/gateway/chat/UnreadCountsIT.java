package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.listChats;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Markers.assertNothingBeforeEvent;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.MarkRead;
import dev.realtime.gateway.protocol.SessionCommand.Ping;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The counts of unread messages: pushed to members outside the room, and in the list of chats. */
@Timeout(90)
class UnreadCountsIT {

  private static final Duration WINDOW = Duration.ofMillis(500);

  /** How much shorter a window may look to a client, whose frames take a varying time to arrive. */
  private static final Duration TOLERANCE = Duration.ofMillis(120);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");

  private List<String> send(String chat, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> alice.call(message(chat, "text " + i)).get("id").asString())
        .toList();
  }

  @Test
  void arePushedToMembersWhoAreNotInTheRoom() {
    String chat = scene.group(alice, "bob", "carol");
    GatewayClient carol = scene.onFirst("carol");
    GatewayClient outsider = scene.onFirst("mallory");
    GatewayClient tablet = scene.onSecond("alice");
    carol.call(join(chat));
    alice.call(join(chat));

    String id = send(chat, 1).getFirst();

    Received unread = bob.await("chat:unread");
    assertThat(unread.number("unread")).isEqualTo(1);
    assertThat(unread.number("lastSeq")).isEqualTo(1);
    assertThat(unread.data().at("/lastMessage/id").asString()).isEqualTo(id);
    assertThat(unread.text("chatId")).isEqualTo(chat);
    // The sender's other device updates its list of chats from this push, with nothing unread.
    Received own = tablet.await("chat:unread");
    assertThat(own.number("unread")).isZero();
    assertThat(own.number("lastSeq")).isEqualTo(1);
    // The counts of the next message are pushed a window later, when all of the first are out.
    send(chat, 1);
    bob.await(
        frame -> frame.event().equals("chat:unread") && frame.number("lastSeq") == 2,
        GatewayClient.DEADLINE);
    for (GatewayClient client : List.of(carol, alice, outsider)) {
      assertNothingBeforeEvent(scene.first(), client, frame -> frame.event().equals("chat:unread"));
    }
  }

  @Test
  void arePushedAtMostOncePerHalfSecondAndTheLastOneAlways() {
    String chat = scene.group(alice, "bob");
    Queue<Long> times = new ConcurrentLinkedQueue<>();
    bob.listen(frame -> {
      if (frame.event().equals("chat:unread")) {
        times.add(System.nanoTime());
      }
    });

    send(chat, 120);
    Received last =
        bob.await(
            frame -> frame.event().equals("chat:unread") && frame.number("lastSeq") == 120,
            Duration.ofSeconds(3));

    assertThat(last.number("unread")).isEqualTo(120);
    assertApart(List.copyOf(times));
    bob.skip();
    // Two messages to another chat: the second count comes at the end of a window that opened
    // later.
    String other = scene.group(alice, "bob");
    send(other, 2);
    bob.assertNothingBefore(
        frame -> Scene.isAbout(frame, other) && frame.number("lastSeq") == 2,
        frame -> frame.event().equals("chat:unread") && Scene.isAbout(frame, chat));
  }

  @Test
  void arePushedToTheReadersOtherDevices() {
    String chat = scene.group(alice, "bob");
    List<String> ids = send(chat, 4);
    GatewayClient phone = scene.onFirst("bob");
    GatewayClient inRoom = scene.onFirst("bob");
    inRoom.call(join(chat));
    // The push for the last message is the last one; the phone's instance publishes it.
    bob.await(
        frame -> frame.data().at("/lastMessage/id").asString("").equals(ids.getLast()),
        GatewayClient.DEADLINE);
    for (GatewayClient device : List.of(phone, inRoom)) {
      device.call(new Ping());
      device.skip();
    }

    bob.call(new MarkRead(chat, ids.get(2)));

    Received unread = phone.await("chat:unread");
    assertThat(unread.number("unread")).isEqualTo(1);
    assertThat(unread.number("lastSeq")).isEqualTo(4);
    assertThat(inRoom.await("chat:read").number("seq")).isEqualTo(3);
  }

  @Test
  void areInTheListOfChats() {
    String chat = scene.group(alice, "bob");
    List<String> ids = send(chat, 7);
    bob.call(new MarkRead(chat, ids.get(1)));

    JsonNode listed = bob.call(listChats()).at("/chats/0");

    assertThat(listed.get("chatId").asString()).isEqualTo(chat);
    assertThat(listed.get("lastSeq").asLong()).isEqualTo(7);
    assertThat(listed.get("readSeq").asLong()).isEqualTo(2);
    assertThat(listed.get("unread").asLong()).isEqualTo(5);
    assertThat(listed.at("/lastMessage/content").asString()).isEqualTo("text 6");
    assertThat(bob.call(history(chat)).get("messages")).hasSize(7);
  }

  private static void assertApart(List<Long> times) {
    assertThat(times).isNotEmpty();
    for (int i = 1; i < times.size(); i++) {
      assertThat(Duration.ofNanos(times.get(i) - times.get(i - 1)))
          .as("push %d of %d", i, times.size())
          .isGreaterThan(WINDOW.minus(TOLERANCE));
    }
  }
}
