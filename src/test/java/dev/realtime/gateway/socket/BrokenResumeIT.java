package dev.realtime.gateway.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.protocol.ChatCommand.CreateChat;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Commands;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A resume that breaks at any moment leaves no place, no hold and no subscription behind. */
@Timeout(120)
class BrokenResumeIT {

  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final String USER = "resumes";
  private static final int ROOMS = 8;
  private static final int BREAKS = 300;

  private final TestDatabase database = TestDatabase.fresh();

  @AutoClose
  private final TestGateway gateway =
      TestGateway.start(
          database.url(),
          Backends.redis(),
          "RATE_LIMITS_ENABLED=false",
          "LIMIT_CONNECTIONS_PER_USER=" + BREAKS);

  private final RoomRegistry rooms = gateway.bean(RoomRegistry.class);
  private final Random random = new Random(1);
  private final List<String> chats = new ArrayList<>();
  private final List<String> streams = new ArrayList<>();

  @BeforeEach
  void fill() {
    try (GatewayClient client = gateway.connect(USER)) {
      for (int i = 0; i < ROOMS; i++) {
        String chat =
            client
                .call(new CreateChat(ChatType.GROUP, List.of(), null, null))
                .get("chatId")
                .asString();
        client.call(Commands.message(chat, "first"));
        client.call(Commands.message(chat, "second"));
        chats.add(chat);
        streams.add(
            client.call(new CreateStream("stream " + i, null, null)).get("streamId").asString());
      }
    }
  }

  /** Names every chat with one message to replay, every stream, and a notification. */
  private String resume() {
    String positions =
        chats.stream().map(chat -> "\"" + chat + "\":1").collect(Collectors.joining(","));
    String named =
        streams.stream().map(stream -> "\"" + stream + "\"").collect(Collectors.joining(","));
    return "{\"event\":\"session:resume\",\"id\":\"1\",\"data\":{\"chats\":{%s},\"streams\":[%s],\"notificationsAfter\":\"%s\"}}"
        .formatted(positions, named, UUID.randomUUID());
  }

  private void awaitNothingLeft() {
    List<RoomId> listened = new ArrayList<>(chats.stream().map(RoomId::chat).toList());
    listened.add(RoomId.user(USER));
    RoomBus bus = gateway.bean(RoomBus.class);
    await().atMost(DEADLINE).untilAsserted(() -> assertThat(rooms.size()).as("rooms").isZero());
    await()
        .atMost(DEADLINE)
        .untilAsserted(() ->
            assertThat(bus.listeners(listened).block(DEADLINE)).as("subscriptions").isEmpty());
  }

  @Test
  void leavesNothingBehindOfAConnectionThatBreaks() {
    for (int i = 0; i < BREAKS; i++) {
      RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token(USER));
      socket.sendText(resume());
      if (random.nextBoolean()) {
        socket.sendText(resume());
      }
      LockSupport.parkNanos(random.nextInt(20_000_000));
      socket.reset();
    }

    awaitNothingLeft();
  }

  @Test
  void leavesNothingHeldWhenTheDatabaseFails() {
    List<RawSocket> sockets = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      sockets.add(RawSocket.connect(gateway.socket(), TestGateway.token(USER)));
    }
    sockets.forEach(socket -> socket.awaitText("session:welcome", DEADLINE));
    for (RawSocket socket : sockets) {
      socket.sendText(resume());
      LockSupport.parkNanos(random.nextInt(2_000_000));
    }
    database.shut();
    try {
      // Each is answered, refused, or sent away: none waits for what will never come.
      sockets.forEach(socket ->
          socket.await(
              "an answer or the end",
              frame -> frame.text().contains("\"id\":\"1\"") || frame.text().contains("bye"),
              DEADLINE));
    } finally {
      database.admit();
    }
    sockets.forEach(RawSocket::reset);

    awaitNothingLeft();
  }
}
