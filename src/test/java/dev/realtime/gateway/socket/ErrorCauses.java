package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.ChatActions.group;
import static dev.realtime.gateway.support.Commands.authenticate;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.listChats;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** How a client gets each error code from a gateway with narrow limits. */
final class ErrorCauses {

  private static final Duration SOON = Duration.ofSeconds(15);

  private final TestGateway gateway;
  private final TestDatabase database;

  ErrorCauses(TestGateway gateway, TestDatabase database) {
    this.gateway = gateway;
    this.database = database;
  }

  /** For each code, what provokes it and returns the code that came. */
  Map<ErrorCode, Supplier<String>> all() {
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
}
