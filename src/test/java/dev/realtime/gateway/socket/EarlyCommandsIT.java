package dev.realtime.gateway.socket;

import static dev.realtime.gateway.socket.SessionFrames.auth;
import static dev.realtime.gateway.socket.SessionFrames.ping;
import static dev.realtime.gateway.socket.SessionFrames.pipelined;
import static dev.realtime.gateway.socket.SessionFrames.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.Closed;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client sends before it has been admitted. */
@Timeout(60)
class EarlyCommandsIT {

  private static final Duration SOON = Duration.ofSeconds(5);

  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start("SESSION_AUTH_DEADLINE=500ms", "LIMIT_CONNECTIONS_PER_USER=3");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void carriesOutWhatWasSentRightBehindIt() {
    try (RawSocket socket = RawSocket.connect(gateway.socket(), Map.of())) {
      socket.write(
          pipelined(
              ping("0"),
              auth("1", TestGateway.token("paul")),
              ping("2"),
              "{\"event\":\"chat:list\",\"id\":\"3\"}",
              ping("4")));

      assertThat(text(socket)).contains("unauthorized", "\"id\":\"0\"");
      assertThat(text(socket)).contains("session:welcome");
      assertThat(text(socket)).contains("\"ack\"", "\"id\":\"1\"");
      assertThat(List.of(text(socket), text(socket), text(socket)))
          .allMatch(frame -> frame.contains("\"ack\""));
    }
  }

  @Test
  void carriesOutWhatWasSentRightBehindTheUpgrade() {
    try (RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token("paul"))) {
      socket.write(pipelined(ping("1"), ping("2")));

      assertThat(text(socket)).contains("session:welcome");
      assertThat(text(socket)).contains("\"id\":\"1\"");
      assertThat(text(socket)).contains("\"id\":\"2\"");
    }
  }

  /** Whoever leaves while the token is looked at must not stay in the count. */
  @Test
  void forgetsConnectionsThatLeaveWhileTheyAuthenticate() {
    String token = TestGateway.token("hasty");
    for (int i = 0; i < 30; i++) {
      RawSocket socket = RawSocket.connect(gateway.socket(), Map.of());
      socket.write(pipelined(Stream.generate(() -> ping("0")).limit(500).toArray(String[]::new)));
      socket.write(pipelined(auth("1", token)));
      socket.reset();
    }
    awaitAdmission("hasty");
  }

  private static void awaitAdmission(String user) {
    long end = System.nanoTime() + SOON.toNanos();
    Closed refused;
    do {
      try (GatewayClient client = gateway.client().token(TestGateway.token(user)).connect()) {
        Received first = client.next();
        if (first.event().equals("session:welcome")) {
          return;
        }
        refused = client.awaitClose(SOON);
      }
    } while (System.nanoTime() < end);
    throw new AssertionError(user + " is not admitted any more: " + refused);
  }
}
