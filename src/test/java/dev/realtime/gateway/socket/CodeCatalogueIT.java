package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.ChatActions.group;
import static dev.realtime.gateway.support.Commands.authenticate;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.listChats;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Every code of the two catalogues that is in use is seen by a real client. */
@Timeout(120)
class CodeCatalogueIT {

  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Path SOURCES = Path.of("src/main/java");

  private final TestDatabase database = TestDatabase.fresh();
  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway =
        TestGateway.start(
            database.url(),
            Backends.redis(),
            "SESSION_AUTH_DEADLINE=1s",
            "LIMIT_ROOMS_PER_CONNECTION=1",
            "LIMIT_CONNECTIONS_PER_USER=2",
            "LIMIT_OUTBOUND_FRAMES=16");
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private Map<ErrorCode, Supplier<String>> errors() {
    Map<ErrorCode, Supplier<String>> seen = new EnumMap<>(ErrorCode.class);
    seen.put(ErrorCode.BAD_REQUEST, () -> error("noise"));
    seen.put(ErrorCode.UNKNOWN_EVENT, () -> error("{\"event\":\"chat:dance\"}"));
    seen.put(ErrorCode.UNAUTHORIZED, this::unauthorized);
    seen.put(ErrorCode.TOKEN_EXPIRED, this::tokenExpired);
    seen.put(ErrorCode.FORBIDDEN, () -> error("{\"event\":\"chat:join\",\"data\":\"none\"}"));
    seen.put(
        ErrorCode.NOT_FOUND,
        () -> error("{\"event\":\"chat:receipts\",\"data\":\"" + UUID.randomUUID() + "\"}"));
    seen.put(
        ErrorCode.CONFLICT, () -> error("{\"event\":\"session:auth\",\"data\":{\"token\":\"t\"}}"));
    seen.put(ErrorCode.TOO_LARGE, this::tooLarge);
    seen.put(ErrorCode.UNSUPPORTED_DATA, this::unsupportedData);
    seen.put(ErrorCode.TOO_MANY_ROOMS, this::tooManyRooms);
    seen.put(ErrorCode.BANNED, () -> refusedInStream("ban"));
    seen.put(ErrorCode.MUTED, () -> refusedInStream("mute"));
    seen.put(ErrorCode.SLOW_MODE, () -> refusedInStream("slow_mode"));
    seen.put(ErrorCode.RATE_LIMITED, () -> refusedInStream("unpin"));
    seen.put(ErrorCode.INTERNAL, this::internal);
    seen.put(ErrorCode.UNAVAILABLE, this::unavailable);
    return seen;
  }

  private Map<CloseCode, Supplier<Integer>> closes() {
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
    seen.put(CloseCode.TOO_MANY_CONNECTIONS, this::tooManyConnections);
    seen.put(CloseCode.TOKEN_EXPIRED, this::tokenEnds);
    seen.put(CloseCode.SERVER_ERROR, this::serverError);
    seen.put(CloseCode.DRAINING, this::draining);
    return seen;
  }

  private void knowsEveryCodeInUse() {
    assertThat(inUse("ErrorCode"))
        .as("error codes in use")
        .isEqualTo(names(errors().keySet().stream()));
    assertThat(inUse("CloseCode"))
        .as("close codes in use")
        .isEqualTo(names(closes().keySet().stream()));
  }

  private static Set<String> names(Stream<? extends Enum<?>> codes) {
    return codes.map(Enum::name).collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> inUse(String catalogue) {
    Pattern use = Pattern.compile("\\b" + catalogue + "\\.([A-Z_]+)\\b");
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith(catalogue + ".java"))
          .flatMap(file -> use.matcher(read(file)).results().map(match -> match.group(1)))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The gateway's end comes last, the epoch's loss first: it is read once. */
  @TestFactory
  Stream<DynamicTest> showsEveryCode() {
    Map<CloseCode, Supplier<Integer>> closes = closes();
    Stream<DynamicTest> first = Stream.of(closeTest(CloseCode.SERVER_ERROR, closes));
    Stream<DynamicTest> others =
        closes.keySet().stream()
            .filter(code -> code != CloseCode.SERVER_ERROR && code != CloseCode.DRAINING)
            .map(code -> closeTest(code, closes));
    Stream<DynamicTest> errors =
        errors().entrySet().stream()
            .map(entry ->
                dynamicTest(
                    entry.getKey().wireName(),
                    () -> assertThat(entry.getValue().get()).isEqualTo(entry.getKey().wireName())));
    Stream<DynamicTest> last = Stream.of(closeTest(CloseCode.DRAINING, closes));
    Stream<DynamicTest> all = Stream.of(dynamicTest("codes in use", this::knowsEveryCodeInUse));
    return Stream.of(all, first, others, errors, last).flatMap(tests -> tests);
  }

  private static DynamicTest closeTest(CloseCode code, Map<CloseCode, Supplier<Integer>> closes) {
    Supplier<Integer> scenario = Objects.requireNonNull(closes.get(code));
    return dynamicTest(
        code.code() + " " + code, () -> assertThat(scenario.get()).isEqualTo(code.code()));
  }

  // --- errors

  private String error(String frame) {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendText(frame);
      return alice.await("error", SOON).text("code");
    }
  }

  private String unauthorized() {
    try (GatewayClient client = gateway.client().connect()) {
      return client.refusal(new SessionCommand.Ping()).code();
    }
  }

  private String tokenExpired() {
    try (GatewayClient client = gateway.client().connect()) {
      return client.refusal(authenticate(expired())).code();
    }
  }

  private static String expired() {
    return TestGateway.token("a", Duration.ofSeconds(-1), null, TestGateway.ACCESS_SECRET);
  }

  private String unsupportedData() {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendBinary(new byte[1]);
      return alice.await("error").text("code");
    }
  }

  private String tooManyRooms() {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.call(join(group(alice, "stalled")));
      return alice.refusal(join(group(alice, "stalled"))).code();
    }
  }

  private String internal() {
    try (GatewayClient alice = gateway.connect("alice")) {
      String chat = group(alice, "stalled");
      database.run("alter table messages rename to hidden");
      try {
        alice.sendText("{\"event\":\"chat:history\",\"data\":\"" + chat + "\"}");
        Received error = alice.await("error");
        assertThat(error.raw())
            .as("tells nothing")
            .doesNotContain("messages", "relation", "xception");
        return error.text("code");
      } finally {
        database.run("alter table hidden rename to messages");
      }
    }
  }

  private String unavailable() {
    try (GatewayClient alice = gateway.connect("alice")) {
      database.shut();
      try {
        alice.sendText("{\"event\":\"chat:list\"}");
        Received error = alice.await("error", SOON);
        assertThat(error.data().path("retryable").asBoolean()).isTrue();
        assertThat(error.number("retryAfterMs")).isPositive();
        return error.text("code");
      } finally {
        database.admit();
        untilServed(alice);
      }
    }
  }

  /** An attempt to connect that began while the database was shut may still fail just after. */
  private static void untilServed(GatewayClient client) {
    Awaitility.await()
        .atMost(SOON)
        .ignoreException(RefusedException.class)
        .until(() -> client.call(listChats()).has("chats"));
  }

  /** Says things in a stream until it is refused. */
  private String refusedInStream(String action) {
    try (GatewayClient host = gateway.connect("host");
        GatewayClient viewer = gateway.connect("viewer")) {
      String stream =
          host.call(new LiveCommand.CreateStream("Launch", null, null)).get("streamId").asString();
      viewer.call(new LiveCommand.JoinStream(stream));
      ModerationAction done = ModerationAction.valueOf(action.toUpperCase(Locale.ROOT));
      host.call(new LiveCommand.Moderate(stream, done, "viewer", null, 60));
      return Stream.generate(() -> new LiveCommand.SendLiveMessage(stream, "hello", null))
          .limit(50)
          .flatMap(message -> refusalOf(viewer, message))
          .findFirst()
          .orElseThrow();
    }
  }

  private static Stream<String> refusalOf(GatewayClient client, LiveCommand command) {
    try {
      client.call(command);
      return Stream.empty();
    } catch (RefusedException refused) {
      return Stream.of(refused.code());
    }
  }

  private String tooLarge() {
    String body = "\"" + "x".repeat(3 << 20) + "\"";
    return ApiCalls.call(gateway, "POST", "/api/v1/chats", body).body().path("code").asString();
  }

  // --- closes

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
        GatewayClient third = gateway.client().token(TestGateway.token("bob")).connect()) {
      int code = third.awaitClose(SOON).code();
      first.call(new SessionCommand.Ping());
      second.call(new SessionCommand.Ping());
      return code;
    }
  }

  private int tokenEnds() {
    String token =
        TestGateway.token("alice", Duration.ofSeconds(2), null, TestGateway.ACCESS_SECRET);
    try (GatewayClient client = gateway.client().token(token).connect()) {
      return client.awaitClose(SOON).code();
    }
  }

  private int serverError() {
    database.run("alter table epoch rename to hidden");
    try (GatewayClient client = gateway.client().token(TestGateway.token("alice")).connect()) {
      return client.awaitClose(SOON).code();
    } finally {
      database.run("alter table hidden rename to epoch");
    }
  }

  private int draining() {
    try (GatewayClient client = gateway.connect("alice")) {
      gateway.close();
      return client.awaitClose(SOON).code();
    }
  }
}
