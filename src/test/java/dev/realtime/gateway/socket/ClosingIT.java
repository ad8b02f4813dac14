package dev.realtime.gateway.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestGateway;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of a connection, from either side, and what is left of it: nothing. */
@Timeout(60)
class ClosingIT {

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static TestGateway gateway;

  private LogCapture log;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start("LIMIT_CONNECTIONS_PER_USER=4");
  }

  @BeforeEach
  void listen() {
    log = new LogCapture();
  }

  @AfterEach
  void leavesNothing() {
    await().atMost(SOON).until(ClosingIT::isEmpty);
    log.close();
    assertThat(log.faults()).isEmpty();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void endsAtOnceWhenTheClientAnswersTheClose() {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.of(RawFrame.BINARY, new byte[3]));
      assertThat(socket.awaitClose(SOON).code()).isEqualTo(4002);
      long start = System.nanoTime();
      socket.send(RawFrame.close(4002, ""));

      assertThat(socket.read(SOON)).as("the end, and nothing before it").isNull();
      assertThat(since(start)).isLessThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void endsAfterAWhileWhenTheClientDoesNotAnswerTheClose() {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.of(RawFrame.BINARY, new byte[3]));
      assertThat(socket.awaitClose(SOON).code()).isEqualTo(4002);
      long start = System.nanoTime();
      socket.tryWrite(RawFrame.ping("still here").bytes());
      socket.sendText("{\"event\":\"session:ping\",\"id\":\"1\"}");

      assertThat(socket.read(SOON)).as("the end, and nothing before it").isNull();
      assertThat(since(start)).isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(4));
    }
  }

  @Test
  void echoesTheClientsClose() {
    try (RawSocket socket = welcomed()) {
      long start = System.nanoTime();
      socket.send(RawFrame.close(1000, "done"));

      RawFrame close = socket.await("close", frame -> frame.opcode() == RawFrame.CLOSE, SOON);
      assertThat(close.closed().code()).isEqualTo(1000);
      assertThat(close.isMasked()).isFalse();
      assertThat(socket.read(SOON)).isNull();
      assertThat(since(start)).isLessThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void takesACloseWithoutACode() {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.of(RawFrame.CLOSE, new byte[0]));

      assertThat(socket.awaitClose(SOON).code()).isIn(RawFrame.NO_CODE, 1000);
      assertThat(socket.read(SOON)).isNull();
    }
  }

  @Test
  void closesWithAClient() {
    GatewayClient alice = gateway.connect("alice");
    alice.close();

    assertThat(alice.awaitClose(SOON).code()).isEqualTo(1000);
  }

  @Test
  void forgetsConnectionsThatAreCut() {
    try (GatewayClient alice = gateway.connect("alice")) {
      String chat =
          alice
              .call(new ChatCommand.CreateChat(ChatType.GROUP, users(), null, null))
              .path("chatId")
              .asString();
      List<RawSocket> sockets = new ArrayList<>();
      for (String user : users()) {
        RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token(user));
        socket.sendText("{\"event\":\"chat:join\",\"id\":\"1\",\"data\":\"" + chat + "\"}");
        socket.awaitText("\"ack\"", SOON);
        sockets.add(socket);
      }
      assertThat(gateway.bean(RoomRegistry.class).size()).isEqualTo(users().size() + 2);
      assertThat(gauge()).contains("gateway_connections 21.0");

      for (int i = 0; i < sockets.size(); i++) {
        // By reset, and by the end of TCP without a word.
        if (i % 2 == 0) {
          sockets.get(i).reset();
        } else {
          sockets.get(i).close();
        }
      }
      alice.abort();
    }
  }

  /** The same users again and again: none is counted who is not there. */
  @Test
  void admitsAUserWhoseConnectionsWereCut() {
    for (int i = 0; i < 40; i++) {
      RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token("restless"));
      if (i % 2 == 0) {
        socket.awaitText("session:welcome", SOON);
      }
      socket.reset();
      await().atMost(SOON).until(ClosingIT::isEmpty);
    }
    gateway.connect("restless").close();
  }

  private static List<String> users() {
    return IntStream.range(0, 20).mapToObj(i -> "user" + i).toList();
  }

  private static boolean isEmpty() {
    return gateway.bean(RoomRegistry.class).size() == 0
        && gauge().contains("gateway_connections 0.0");
  }

  private static String gauge() {
    try {
      return HTTP.send(
              HttpRequest.newBuilder(gateway.http("/actuator/prometheus")).build(),
              BodyHandlers.ofString())
          .body();
    } catch (IOException | InterruptedException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static RawSocket welcomed() {
    RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token("alice"));
    socket.awaitText("session:welcome", SOON);
    return socket;
  }
}
