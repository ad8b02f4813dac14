package dev.realtime.gateway.session;

import static dev.realtime.gateway.support.Commands.authenticate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.realtime.gateway.client.ClientException;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.security.Caller;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.work.ConnectionTimer;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What ends a connection in time: silence, and the end of its token; section 3. */
@Timeout(60)
class SessionTimesIT {

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Duration HEARTBEAT = Duration.ofMillis(300);

  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        TestGateway.start(
            "SESSION_HEARTBEAT=300ms", "SESSION_HEARTBEAT_GRACE=300ms", "TOKEN_IN_QUERY=true");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void pingsASilentClientAndKeepsOneThatAnswers() {
    try (RawSocket socket = welcomed("alice")) {
      socket.answerPings(true);
      long start = System.nanoTime();
      for (int i = 0; i < 5; i++) {
        socket.awaitPing(SOON);
      }

      assertThat(since(start)).isGreaterThan(HEARTBEAT.multipliedBy(5).minusMillis(100));
      socket.sendText("{\"event\":\"session:ping\",\"id\":\"1\"}");
      socket.awaitText("\"ack\"", SOON);
    }
  }

  @Test
  void tellsTheHeartbeat() {
    try (GatewayClient alice = gateway.connect("alice")) {
      assertThat(alice.welcome().path("heartbeatMs").asLong()).isEqualTo(300);
    }
  }

  @Test
  void endsAClientThatStaysSilent() {
    try (RawSocket socket = welcomed("alice")) {
      long start = System.nanoTime();

      socket.awaitPing(SOON);
      assertThat(socket.awaitText("session:bye", SOON))
          .contains("4010", "\"reconnect\":true", "\"resume\":true");
      assertThat(socket.awaitClose(SOON).code()).isEqualTo(4010);
      assertThat(since(start))
          .isBetween(HEARTBEAT.multipliedBy(2).minusMillis(100), Duration.ofSeconds(3));
    }
  }

  @Test
  void endsAClientThatStaysSilentBeforeItsToken() {
    try (RawSocket socket = RawSocket.connect(gateway.socket(), Map.of())) {
      assertThat(socket.awaitClose(SOON).code()).isEqualTo(4010);
    }
  }

  /** The timers of an instance that was stopped all come at once when it goes on. */
  @Test
  void pingsBeforeItEndsWhomItHeardNothingOfWhileItsTimersStoodStill() throws Exception {
    try (RawSocket socket = welcomed("alice")) {
      socket.answerPings(true);
      CountDownLatch still = new CountDownLatch(1);
      CountDownLatch goesOn = new CountDownLatch(1);
      gateway
          .bean(ConnectionTimer.class)
          .after(
              Duration.ZERO,
              () -> {
                still.countDown();
                keepBusyUntil(() -> goesOn.getCount() == 0);
              });
      assertThat(still.await(5, TimeUnit.SECONDS)).isTrue();
      assertSilent(socket, HEARTBEAT.multipliedBy(5));

      goesOn.countDown();

      for (int i = 0; i < 4; i++) {
        socket.awaitPing(SOON);
      }
      socket.sendText("{\"event\":\"session:ping\",\"id\":\"1\"}");
      socket.awaitText("\"ack\"", SOON);
    }
  }

  /** The pong is there in time; that this instance does not read it is no fault of the client. */
  @Test
  void pingsAgainWhereItCouldNotReadTheAnswer() throws Exception {
    try (RawSocket socket = welcomed("alice")) {
      EventLoop loop = gateway.bean(ConnectionRegistry.class).of("alice").getFirst().eventLoop();
      CountDownLatch busy = new CountDownLatch(1);
      socket.awaitPing(SOON);
      loop.execute(() -> {
        busy.countDown();
        long start = System.nanoTime();
        keepBusyUntil(() -> since(start).compareTo(HEARTBEAT.multipliedBy(6)) > 0);
      });
      assertThat(busy.await(5, TimeUnit.SECONDS)).isTrue();
      socket.send(RawFrame.of(RawFrame.PONG, new byte[0]));

      socket.answerPings(true);
      for (int i = 0; i < 4; i++) {
        socket.awaitPing(SOON);
      }
      socket.sendText("{\"event\":\"session:ping\",\"id\":\"1\"}");
      socket.awaitText("\"ack\"", SOON);
    }
  }

  /** As a computation that is too long, for twenty seconds at most. */
  private static void keepBusyUntil(BooleanSupplier enough) {
    long start = System.nanoTime();
    boolean done = false;
    while (!done) {
      done = enough.getAsBoolean() || since(start).toSeconds() > 20;
    }
  }

  private static void assertSilent(RawSocket socket, Duration time) {
    ClientException silence =
        catchThrowableOfType(
            ClientException.class, () -> socket.await("anything", _ -> true, time));
    assertThat(silence).hasMessageContaining("No ");
  }

  /** A client that cannot see pings sends what it has, and answers none. */
  @Test
  void takesAnyFrameForLife() {
    try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        RawSocket socket = welcomed("alice")) {
      var _ =
          clock.scheduleAtFixedRate(
              () -> socket.sendText("{\"event\":\"session:ping\"}"), 0, 100, TimeUnit.MILLISECONDS);

      ClientException silence =
          catchThrowableOfType(
              ClientException.class,
              () ->
                  socket.await(
                      "a ping or the end",
                      frame -> frame.opcode() != RawFrame.TEXT,
                      HEARTBEAT.multipliedBy(6)));
      clock.shutdownNow();
      assertThat(silence).as("neither pinged nor ended").isNotNull();
      assertThat(silence).hasMessageContaining("No ");
    }
  }

  @Test
  void warnsAtOnceOfATokenThatEndsSoonAndEndsWithIt() {
    String token =
        TestGateway.token("alice", Duration.ofSeconds(3), null, TestGateway.ACCESS_SECRET);
    try (GatewayClient alice = gateway.client().token(token).connect()) {
      Received welcome = alice.next();
      Received expiring = alice.next();
      assertThat(welcome.event()).isEqualTo("session:welcome");
      assertThat(expiring.event()).isEqualTo("session:expiring");
      assertThat(expiring.text("expiresAt")).isEqualTo(welcome.text("expiresAt"));
      alice.call(new SessionCommand.Ping());

      assertThat(alice.awaitClose(SOON).code()).isEqualTo(4419);
      Instant end = Instant.parse(welcome.text("expiresAt"));
      assertThat(Instant.now()).isBetween(end, end.plusMillis(1_500));
      Received bye = alice.await("session:bye");
      assertThat(bye.number("code")).isEqualTo(4419);
      assertThat(bye.data().path("resume").asBoolean()).isTrue();
    }
  }

  @Test
  void doesTheSameForATokenInTheFirstFrame() {
    String token =
        TestGateway.token("alice", Duration.ofSeconds(2), null, TestGateway.ACCESS_SECRET);
    try (GatewayClient alice = gateway.client().connect()) {
      alice.call(authenticate(token));

      alice.await("session:expiring");
      assertThat(alice.awaitClose(SOON).code()).isEqualTo(4419);
    }
  }

  /** A minute before the end, and not before that. */
  @Test
  void warnsAMinuteBeforeTheEnd() {
    String token =
        TestGateway.token("alice", Duration.ofSeconds(63), null, TestGateway.ACCESS_SECRET);
    try (GatewayClient alice = gateway.client().token(token).connect()) {
      // The warning's timer must not fire early, so no marker can replace the wait.
      alice.assertSilence("session:expiring", Duration.ofSeconds(1));

      Received expiring = alice.await("session:expiring", SOON);
      Duration left = Duration.between(Instant.now(), Instant.parse(expiring.text("expiresAt")));
      assertThat(left).isBetween(Duration.ofMillis(58_500), Duration.ofMillis(60_500));
    }
  }

  @Test
  void takesTheTokenFromTheQueryWhereThatIsConfigured() {
    URI uri = URI.create(gateway.socket() + "?token=" + TestGateway.token("alice"));
    try (GatewayClient alice = GatewayClient.builder(uri).connect()) {
      assertThat(alice.welcome().path("userId").asString()).isEqualTo("alice");
    }
  }

  /** A client may be gone before its token has been looked at. */
  @Test
  void countsNoConnectionThatHasGone() {
    ConnectionRegistry registry = gateway.bean(ConnectionRegistry.class);
    Caller caller = new Caller("hasty", Instant.now().plusSeconds(60), null, Set.of());
    for (int i = 0; i < 100; i++) {
      ChannelInboundHandlerAdapter encoder = new ChannelInboundHandlerAdapter();
      EmbeddedChannel channel = new EmbeddedChannel(encoder);
      Connection connection =
          registry.open(channel, Objects.requireNonNull(channel.pipeline().context(encoder)), null);
      var _ = channel.close();
      channel.runPendingTasks();
      connection.authenticated(caller, null, null);

      assertThat(registry.admit(connection)).isFalse();
    }
    gateway.connect("hasty").close();
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static RawSocket welcomed(String user) {
    RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token(user));
    socket.awaitText("session:welcome", SOON);
    return socket;
  }
}
