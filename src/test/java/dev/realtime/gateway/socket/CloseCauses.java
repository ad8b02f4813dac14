package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.ChatActions.group;
import static dev.realtime.gateway.support.Commands.authenticate;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** How a client gets each close code from a gateway with narrow limits. */
final class CloseCauses {

  private static final Duration SOON = Duration.ofSeconds(15);

  private final TestGateway gateway;
  private final TestDatabase database;

  CloseCauses(TestGateway gateway, TestDatabase database) {
    this.gateway = gateway;
    this.database = database;
  }

  /** For each code, what provokes it and returns the code that came. */
  Map<CloseCode, Supplier<Integer>> all() {
    Map<CloseCode, Supplier<Integer>> seen = new EnumMap<>(CloseCode.class);
    seen.put(CloseCode.BROKEN_FRAME, () -> closed(RawFrame.text("x").unmasked()));
    seen.put(
        CloseCode.INVALID_TEXT, () -> closed(RawFrame.of(RawFrame.TEXT, new byte[] {(byte) 0xFF})));
    seen.put(CloseCode.FRAME_TOO_LARGE, () -> closed(RawFrame.text("x".repeat(65_537))));
    seen.put(CloseCode.UNSUPPORTED_DATA, () -> closed(RawFrame.of(RawFrame.BINARY, new byte[1])));
    seen.put(CloseCode.TOO_MANY_ERRORS, () -> closed(noise()));
    seen.put(CloseCode.HEARTBEAT_MISSED, this::heartbeatMissed);
    seen.put(CloseCode.SLOW_CONSUMER, this::slowConsumer);
    seen.put(CloseCode.UNAUTHORIZED, this::badToken);
    seen.put(CloseCode.FORBIDDEN, this::disconnected);
    seen.put(CloseCode.AUTH_TIMEOUT, this::noToken);
    seen.put(CloseCode.DISPLACED, this::displaced);
    seen.put(CloseCode.TOO_MANY_CONNECTIONS, this::tooManyConnections);
    seen.put(CloseCode.TOKEN_EXPIRED, this::tokenEnds);
    seen.put(CloseCode.SERVER_ERROR, this::serverError);
    seen.put(CloseCode.DRAINING, this::draining);
    return seen;
  }

  private int closed(RawFrame... frames) {
    try (RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token("alice"))) {
      socket.awaitText("session:welcome", SOON);
      for (RawFrame frame : frames) {
        socket.tryWrite(frame.bytes());
      }
      String bye = socket.awaitText("session:bye", SOON);
      int code = socket.awaitClose(SOON).code();
      assertThat(bye).contains("\"code\":" + code + ",");
      return code;
    }
  }

  private static RawFrame[] noise() {
    return Stream.generate(() -> RawFrame.text("noise")).limit(10).toArray(RawFrame[]::new);
  }

  private int heartbeatMissed() {
    try (TestGateway strict =
            TestGateway.start("SESSION_HEARTBEAT=300ms", "SESSION_HEARTBEAT_GRACE=300ms");
        RawSocket silent = RawSocket.connect(strict.socket(), TestGateway.token("alice"))) {
      return silent.awaitClose(SOON).code();
    }
  }

  private int slowConsumer() {
    String text = "\uD83D\uDE00".repeat(4_000);
    try (GatewayClient alice = gateway.connect("alice");
        GatewayClient stalled = gateway.connect("stalled")) {
      String chat = group(alice, "stalled");
      stalled.call(join(chat));
      stalled.pauseReading();
      // Until the kernel's buffers, the channel's and the queue are full.
      for (int i = 0; i < 200 && !isClosing("stalled"); i++) {
        Stream.generate(() -> alice.request(message(chat, text)))
            .limit(20)
            .toList()
            .forEach(CompletableFuture::join);
      }
      stalled.resumeReading();
      return stalled.awaitClose(SOON).code();
    }
  }

  private boolean isClosing(String user) {
    return gateway.bean(ConnectionRegistry.class).all().stream()
        .filter(connection -> connection.userId().equals(user))
        .allMatch(Connection::isClosing);
  }

  private int badToken() {
    try (GatewayClient client = gateway.client().connect()) {
      client.send(authenticate("nonsense"));
      return client.awaitClose(SOON).code();
    }
  }

  private int noToken() {
    try (GatewayClient client = gateway.client().connect()) {
      return client.awaitClose(SOON).code();
    }
  }

  private int disconnected() {
    try (GatewayClient client = gateway.connect("alice")) {
      assertThat(ApiCalls.call(gateway, "POST", "/api/v1/users/alice/disconnect", null).body())
          .hasToString("{\"closed\":1}");
      return client.awaitClose(SOON).code();
    }
  }

  private int tooManyConnections() {
    try (GatewayClient first = gateway.connect("bob");
        GatewayClient second = gateway.connect("bob");
        GatewayClient third = gateway.connect("bob")) {
      int code = first.awaitClose(SOON).code();
      second.call(new SessionCommand.Ping());
      third.call(new SessionCommand.Ping());
      return code;
    }
  }

  private int displaced() {
    try (GatewayClient older = onPhone();
        GatewayClient other = gateway.connect("erin");
        GatewayClient newer = onPhone()) {
      int code = older.awaitClose(SOON).code();
      other.call(new SessionCommand.Ping());
      newer.call(new SessionCommand.Ping());
      return code;
    }
  }

  private GatewayClient onPhone() {
    GatewayClient client = gateway.client().connect();
    client.send(new SessionCommand.Authenticate(TestGateway.token("erin"), "phone", null));
    client.welcome();
    return client;
  }

  private int tokenEnds() {
    String token =
        TestGateway.token("alice", Duration.ofSeconds(2), null, TestGateway.ACCESS_SECRET);
    try (GatewayClient client = gateway.client().token(token).connect()) {
      return client.awaitClose(SOON).code();
    }
  }

  private int serverError() {
    database.run("alter table notification_counters rename to hidden");
    try (GatewayClient client = gateway.client().token(TestGateway.token("alice")).connect()) {
      return client.awaitClose(SOON).code();
    } finally {
      database.run("alter table hidden rename to notification_counters");
    }
  }

  private int draining() {
    try (GatewayClient client = gateway.connect("alice")) {
      gateway.close();
      return client.awaitClose(SOON).code();
    }
  }
}
