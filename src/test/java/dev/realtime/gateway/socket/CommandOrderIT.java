package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.ChatActions.group;
import static dev.realtime.gateway.support.Commands.listChats;
import static dev.realtime.gateway.support.Markers.assertNothingBeforePing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands of a family are answered in order, families do not wait for each other; section 2. */
@Timeout(60)
class CommandOrderIT {

  private static final Duration SOON = Duration.ofSeconds(8);
  private static final Duration WHILE = Duration.ofMillis(500);

  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start(DATABASE.url(), Backends.redis());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void answersTwoHundredPipelinedCommandsInOrder() {
    try (GatewayClient alice = gateway.connect("alice")) {
      String chat = group(alice, "bob");
      alice.skip();
      for (int i = 0; i < 200; i++) {
        alice.sendText(command(i, chat));
      }

      List<Integer> ids =
          IntStream.range(0, 200)
              .mapToObj(i -> alice.await(Received::isReply, SOON))
              .map(reply -> Integer.parseInt(Objects.requireNonNull(reply.id())))
              .toList();
      assertThat(ids).isSorted().hasSize(200).doesNotHaveDuplicates();
    }
  }

  /** A slow command, a quick one, or one refused at once, after a query, or for its shape. */
  private static String command(int i, String chat) {
    String name = i % 5 == 0 ? "chat:history" : i % 5 == 3 ? "chat:receipts" : "chat:message";
    String data =
        switch (i % 5) {
          case 0 -> "\"" + chat + "\"";
          case 1 -> "{\"chatId\":\"" + chat + "\",\"content\":\"" + i + "\"}";
          case 2 -> "{\"chatId\":\"" + chat + "\",\"content\":[]}";
          case 3 -> "\"no message\"";
          default -> "{\"chatId\":\"none\",\"content\":\"" + i + "\"}";
        };
    return "{\"event\":\"%s\",\"id\":%d,\"data\":%s}".formatted(name, i, data);
  }

  @Test
  void answersAMisshapenCommandInItsTurn() {
    try (GatewayClient alice = gateway.connect("alice")) {
      String chat = group(alice, "bob");
      alice.skip();
      try (TestDatabase.Lock lock = DATABASE.lockChat(chat)) {
        alice.sendText(message("first", chat));
        alice.sendText("{\"event\":\"chat:join\",\"id\":\"second\",\"data\":{}}");
        assertNothingBeforePing(alice, Received::isReply);
        lock.release();
        assertThat(alice.await(Received::isReply, SOON).id()).isEqualTo("first");
        assertThat(alice.await(Received::isReply, SOON).id()).isEqualTo("second");
      }
    }
  }

  @Test
  void doesNotHoldUpOtherFamilies() {
    try (GatewayClient alice = gateway.connect("alice")) {
      String chat = group(alice, "bob");
      alice.skip();
      try (TestDatabase.Lock lock = DATABASE.lockChat(chat)) {
        for (int i = 0; i < 60; i++) {
          alice.sendText(message("m" + i, chat));
        }
        assertNothingBeforePing(alice, Received::isReply);

        lock.release();
        for (int i = 0; i < 60; i++) {
          assertThat(alice.await(Received::isReply, SOON).id()).isEqualTo("m" + i);
        }
      }
    }
  }

  @Test
  void readsNoFurtherThanSixtyFourWaitingCommandsAndLosesNone() {
    try (GatewayClient alice = gateway.connect("alice");
        GatewayClient bob = gateway.connect("bob")) {
      String chat = group(alice, "bob");
      alice.skip();
      try (TestDatabase.Lock lock = DATABASE.lockChat(chat)) {
        for (int i = 0; i < 70; i++) {
          alice.sendText(message("m" + i, chat));
        }
        alice.sendText("{\"event\":\"session:ping\",\"id\":\"ping\"}");
        // The gateway reads nothing more from alice, so no reply to her can be a marker.
        alice.assertSilence(Received::isReply, WHILE);
        bob.call(new SessionCommand.Ping());

        lock.release();
        alice.await(frame -> "ping".equals(frame.id()), SOON);
        for (int i = 0; i < 70; i++) {
          Received ack = alice.await(Received::isReply, SOON);
          assertThat(ack.id()).isEqualTo("m" + i);
          assertThat(ack.number("seq")).isEqualTo(i + 1);
        }
      }
    }
  }

  /** A client that times the reply to its ping must not give up a connection during a replay. */
  @Test
  void answersAPingAtOnceWhileItReplays() {
    int chats = 80;
    int each = 5;
    try (GatewayClient alice = gateway.connect("alice")) {
      StringJoiner positions = new StringJoiner(",");
      for (int i = 0; i < chats; i++) {
        String chat = group(alice, "bob");
        for (int j = 0; j < each; j++) {
          alice.sendText(message("m" + j, chat));
        }
        positions.add("\"" + chat + "\":0");
      }
      alice.call(listChats());
      try (RawSocket bob = RawSocket.connect(gateway.socket(), TestGateway.token("bob"))) {
        bob.awaitText("session:welcome", SOON);
        bob.sendText(
            "{\"event\":\"session:resume\",\"id\":\"r\",\"data\":{\"chats\":{" + positions + "}}}");
        bob.sendText("{\"event\":\"session:ping\",\"id\":\"p\",\"data\":[]}");
        bob.sendText("{\"event\":\"session:ping\",\"id\":\"q\"}");

        assertThat(replayedBefore(bob, "p") + replayedBefore(bob, "q"))
            .as("messages of %d before the pongs", chats * each)
            .isLessThan(20);
        for (int i = 0; i < chats; i++) {
          bob.awaitText("\"seq\":" + each, SOON);
        }
      }
    }
  }

  /** How many messages come before the reply to a command. */
  private static int replayedBefore(RawSocket socket, String commandId) {
    String reply = "\"id\":\"" + commandId + "\"";
    int count = 0;
    for (String text = text(socket); !text.contains(reply); text = text(socket)) {
      count += text.contains("replayed") ? 1 : 0;
    }
    return count;
  }

  private static String text(RawSocket socket) {
    return socket.await("text", next -> next.opcode() == RawFrame.TEXT, SOON).text();
  }

  private static String message(String id, String chat) {
    return "{\"event\":\"chat:message\",\"id\":\"%s\",\"data\":{\"chatId\":\"%s\",\"content\":\"%s\"}}"
        .formatted(id, chat, id);
  }
}
