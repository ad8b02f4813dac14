package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.ChatActions.group;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.support.Bystander;
import dev.realtime.gateway.support.TestGateway;
import io.netty.channel.epoll.Epoll;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** A client that does not read ends alone: 4008, or it is not read from either; section 2. */
@Timeout(120)
class SlowConsumerIT {

  private static final Duration SOON = Duration.ofSeconds(10);

  /** 16 kB on the wire: the kernel's buffers are soon full. */
  private static final String LONG = "\uD83D\uDE00".repeat(4_000);

  private static TestGateway gateway;
  private static Bystander bystander;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start("LIMIT_OUTBOUND_FRAMES=16");
    bystander = new Bystander(gateway);
  }

  @AfterAll
  static void stop() {
    bystander.close();
    gateway.close();
  }

  @Test
  void closesAStalledMemberAndDisturbsNoOther() {
    try (GatewayClient alice = gateway.connect("alice");
        GatewayClient bob = gateway.connect("bob");
        GatewayClient stalled = gateway.connect("stalled")) {
      String chat = group(alice, "bob", "stalled");
      bob.call(join(chat));
      stalled.call(join(chat));
      stalled.pauseReading();

      long sent = 0;
      Duration slowest = Duration.ZERO;
      while (isOpen("stalled") && sent < 4_000) {
        // Fewer than bob's queue holds: his ping is answered once it is empty again, so however
        // slow this machine is, he is never the one who is closed.
        sent += sendMany(alice, chat, 8);
        long start = System.nanoTime();
        bob.call(new SessionCommand.Ping());
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        slowest = took.compareTo(slowest) > 0 ? took : slowest;
      }

      assertThat(isOpen("stalled")).as("open after %s messages", sent).isFalse();
      List<Long> seqs =
          LongStream.rangeClosed(1, sent)
              .mapToObj(i -> bob.await("chat:message", SOON).number("seq"))
              .toList();
      assertThat(seqs).isEqualTo(LongStream.rangeClosed(1, sent).boxed().toList());
      assertThat(slowest).isLessThan(Duration.ofSeconds(2));
      bystander.assertUnharmed();
    }
  }

  /** One that reads again in time learns why. */
  @Test
  void tellsAStalledMemberThatReadsAgain() {
    try (GatewayClient alice = gateway.connect("alice");
        GatewayClient stalled = gateway.connect("returning")) {
      String chat = group(alice, "returning");
      stalled.call(join(chat));
      stalled.pauseReading();
      for (int sent = 0; !isClosing("returning") && sent < 4_000; ) {
        sent += sendMany(alice, chat, 20);
      }
      stalled.resumeReading();

      assertThat(stalled.awaitClose(SOON).code()).isEqualTo(4008);
      Received bye = stalled.await("session:bye");
      assertThat(bye.number("code")).isEqualTo(4008);
      assertThat(bye.data().path("resume").asBoolean()).isTrue();
      List<Long> seqs =
          stalled.received().stream()
              .filter(frame -> frame.event().equals("chat:message"))
              .map(frame -> frame.number("seq"))
              .toList();
      assertThat(seqs)
          .as("no hole before the end")
          .isEqualTo(LongStream.rangeClosed(1, seqs.size()).boxed().toList());
    }
  }

  @Test
  void doesNotReadFromOneThatDoesNotReadItsReplies() {
    int requests = 60;
    try (GatewayClient alice = gateway.connect("alice");
        RawSocket greedy = RawSocket.connect(gateway.socket(), TestGateway.token("greedy"))) {
      String chat = group(alice, "greedy");
      sendMany(alice, chat, 50);
      greedy.awaitText("session:welcome", SOON);
      for (int i = 0; i < requests; i++) {
        greedy.sendText(
            "{\"event\":\"chat:history\",\"id\":\"h%d\",\"data\":\"%s\"}".formatted(i, chat));
      }

      await()
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(4))
          .until(() -> isOpen("greedy") && !isClosing("greedy"));
      bystander.assertUnharmed();
      for (int i = 0; i < requests; i++) {
        String id = "\"id\":\"h" + i + "\"";
        assertThat(greedy.awaitText("\"ack\"", SOON)).contains(id);
      }
      greedy.sendText("{\"event\":\"session:ping\",\"id\":\"last\"}");
      greedy.awaitText("\"last\"", SOON);
    }
  }

  /** Otherwise the limits of the queue would act some megabytes too late. */
  @Test
  void leavesLittleToTheKernel() {
    assumeThat(Epoll.isAvailable()).isTrue();
    try (GatewayClient alice = gateway.connect("alice");
        RawSocket stalled = RawSocket.connect(gateway.socket(), TestGateway.token("narrow"))) {
      String chat = group(alice, "narrow");
      stalled.sendText(
          "{\"event\":\"chat:join\",\"id\":\"joined\",\"data\":\"%s\"}".formatted(chat));
      stalled.awaitText("\"joined\"", SOON);
      int sent = 0;
      while (!isClosing("narrow") && sent < 400) {
        sent += sendMany(alice, chat, 4);
      }

      assertThat(sent * LONG.length() * 2).isLessThan(1_024 * 1_024);
      bystander.assertUnharmed();
    }
  }

  private static boolean isOpen(String user) {
    return connections(user).size() > 0;
  }

  private static boolean isClosing(String user) {
    return connections(user).stream().allMatch(Connection::isClosing);
  }

  private static List<Connection> connections(String user) {
    return gateway.bean(ConnectionRegistry.class).all().stream()
        .filter(connection -> connection.userId().equals(user))
        .toList();
  }

  private static int sendMany(GatewayClient client, String chat, int count) {
    List<CompletableFuture<JsonNode>> acks =
        IntStream.range(0, count)
            .mapToObj(i -> client.request(message(chat, LONG, UUID.randomUUID().toString())))
            .toList();
    acks.forEach(CompletableFuture::join);
    return count;
  }
}
