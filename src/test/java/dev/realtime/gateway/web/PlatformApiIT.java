package dev.realtime.gateway.web;

import static dev.realtime.gateway.support.ApiCalls.call;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Markers.assertNothingBeforeEvent;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.SessionCommand.Authenticate;
import dev.realtime.gateway.protocol.SessionCommand.Client;
import dev.realtime.gateway.protocol.SessionCommand.Ping;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Events, connections and rooms for the platform's backend, over two instances. */
@Timeout(60)
class PlatformApiIT {

  @AutoClose private final Scene scene = new Scene();

  private Answer get(String path) {
    return call(scene.first(), "GET", "/api/v1" + path, null);
  }

  private Answer post(String path, String body) {
    return call(scene.first(), "POST", "/api/v1" + path, body);
  }

  @Test
  void pushesAnEventToARoomOnEveryInstance() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    GatewayClient outside = scene.onSecond("carol");
    String chat = scene.group(alice, "bob", "carol");
    alice.call(join(chat));
    bob.call(join(chat));

    Answer answer =
        post(
            "/events",
            """
            {"room": {"kind": "chat", "id": "%s"}, "event": "app:pinned",
             "data": {"a": [1, {"b": null}], "c": "\u00e9 \\u0007"}}
            """
                .formatted(chat));

    assertThat(answer.status()).as(answer.response().body()).isEqualTo(202);
    assertThat(answer.response().body()).isEmpty();
    for (GatewayClient member : List.of(alice, bob)) {
      assertThat(member.await("app:pinned").raw())
          .isEqualTo(
              "{\"event\":\"app:pinned\",\"data\":"
                  + "{\"a\":[1,{\"b\":null}],\"c\":\"\u00e9 \\u0007\"}}");
    }
    assertNothingBeforeEvent(scene.first(), outside, frame -> frame.event().startsWith("app:"));
  }

  @Test
  void pushesAnEventToAUserAndToAStream() {
    GatewayClient phone = scene.onFirst("alice");
    GatewayClient laptop = scene.onSecond("alice");
    String stream = scene.user("show");
    stream(stream);
    laptop.call(new JoinStream(stream));

    post(
        "/events",
        "{\"userId\": \"%s\", \"event\": \"app:coins\", \"data\": {\"n\": 7}}"
            .formatted(scene.user("alice")));
    post(
        "/events",
        "{\"room\": {\"kind\": \"live\", \"id\": \"%s\"}, \"event\": \"app:sale\", \"data\": {}}"
            .formatted(stream));

    assertThat(phone.await("app:coins").number("n")).isEqualTo(7);
    assertThat(laptop.await("app:coins").number("n")).isEqualTo(7);
    laptop.await("app:sale");
    assertNothingBeforeEvent(scene.first(), phone, frame -> frame.event().equals("app:sale"));
  }

  private void stream(String id) {
    assertThat(
            post(
                    "/streams",
                    "{\"id\": \"%s\", \"hostId\": \"h\", \"title\": \"Show\"}".formatted(id))
                .status())
        .isEqualTo(201);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"userId\":\"a\",\"event\":\"chat:message\",\"data\":{}}|event",
        "{\"userId\":\"a\",\"event\":\"app:\",\"data\":{}}|event",
        "{\"userId\":\"a\",\"event\":\"app:a\\nb\",\"data\":{}}|event",
        "{\"userId\":\"a\",\"data\":{}}|event",
        "{\"userId\":\"a\",\"event\":7,\"data\":{}}|event",
        "{\"userId\":\"a\",\"event\":\"app:x\"}|data",
        "{\"userId\":\"a\",\"event\":\"app:x\",\"data\":[]}|data",
        "{\"userId\":\"a\",\"event\":\"app:x\",\"data\":\"text\"}|data",
        "{\"userId\":\"a\",\"event\":\"app:x\",\"data\":{\"a\":\"\\u0000\"}}|data",
        "{\"event\":\"app:x\",\"data\":{}}|room",
        "{\"userId\":\"a\",\"room\":{\"kind\":\"chat\",\"id\":\"c\"},\"event\":\"app:x\",\"data\":{}}|room",
        "{\"room\":{\"kind\":\"user\",\"id\":\"c\"},\"event\":\"app:x\",\"data\":{}}|room",
        "{\"room\":{\"kind\":\"chat\"},\"event\":\"app:x\",\"data\":{}}|room",
        "{\"room\":{\"id\":\"c\"},\"event\":\"app:x\",\"data\":{}}|room",
        "{\"userId\":\"\",\"event\":\"app:x\",\"data\":{}}|userId",
      })
  void refusesWhatIsNoEvent(String body, String field) {
    post("/events", body).assertProblem(400, "bad_request", field);
  }

  @Test
  void boundsAnEvent() {
    String event = "{\"userId\": \"a\", \"event\": \"app:%s\", \"data\": {\"a\": \"%s\"}}";
    int brackets = "{\"a\":\"\"}".length();

    assertThat(post("/events", event.formatted("x".repeat(60), "")).status()).isEqualTo(202);
    post("/events", event.formatted("x".repeat(61), "")).assertProblem(400, "bad_request", "event");
    String largest = "x".repeat(16 * 1024 - brackets);
    assertThat(post("/events", event.formatted("x", largest)).status()).isEqualTo(202);
    post("/events", event.formatted("x", largest + "x")).assertProblem(413, "too_large", "data");
  }

  @Test
  void listsAUsersConnectionsOnAllInstances() {
    Instant before = Instant.now().minusMillis(2);
    GatewayClient phone = scene.onFirst("alice");
    try (GatewayClient laptop = scene.second().client().connect()) {
      laptop.call(
          new Authenticate(
              TestGateway.token(scene.user("alice")), "laptop", new Client("web", "2.1.0")));

      JsonNode found = get("/users/" + scene.user("alice") + "/connections").body();

      JsonNode first = found.get("connections").get(0);
      JsonNode second = found.get("connections").get(1);
      assertThat(found.get("connections").size()).isEqualTo(2);
      assertThat(first.get("connectionId").asString())
          .isEqualTo(phone.welcome().get("connectionId").asString());
      assertThat(first.get("deviceId").asString())
          .isEqualTo(phone.welcome().get("deviceId").asString());
      assertThat(first.has("client")).isFalse();
      assertThat(second.get("deviceId").asString()).isEqualTo("laptop");
      assertThat(second.get("client").toString())
          .isEqualTo("{\"name\":\"web\",\"version\":\"2.1.0\"}");
      assertThat(first.get("instance").asString()).isNotEqualTo(second.get("instance").asString());
      assertThat(Instant.parse(second.get("connectedAt").asString()))
          .isBetween(before, Instant.now().plusMillis(2));
    }
    assertThat(get("/users/nobody/connections").response().body())
        .isEqualTo("{\"connections\":[]}");
  }

  @Test
  void disconnectsAUserEverywhere() {
    GatewayClient here = scene.onFirst("alice");
    GatewayClient there = scene.onSecond("alice");
    GatewayClient bob = scene.onFirst("bob");
    String reason = "\u00e9".repeat(200);

    Answer answer =
        post("/users/" + scene.user("alice") + "/disconnect", "{\"reason\":\"" + reason + "\"}");

    assertThat(answer.response().body()).isEqualTo("{\"closed\":2}");
    for (GatewayClient closed : List.of(here, there)) {
      assertThat(closed.awaitClose(Duration.ofSeconds(10)).code()).isEqualTo(4403);
      assertThat(closed.awaitClose(Duration.ofSeconds(10)).reason()).isEqualTo("\u00e9".repeat(61));
      JsonNode bye = closed.await("session:bye").data();
      assertThat(bye.get("reason").asString()).isEqualTo(reason);
      assertThat(bye.get("reconnect").asBoolean()).isFalse();
    }
    bob.call(new Ping());
    assertThat(get("/users/" + scene.user("alice") + "/connections").body().get("connections"))
        .isEmpty();
    assertThat(post("/users/" + scene.user("alice") + "/disconnect", "{}").body().get("closed"))
        .hasToString("0");
  }

  @Test
  void disconnectsOneDevice() {
    GatewayClient phone = scene.onFirst("alice");
    GatewayClient laptop = scene.onSecond("alice");
    String path = "/users/" + scene.user("alice") + "/disconnect";
    String device = laptop.welcome().get("deviceId").asString();

    assertThat(post(path, "{\"deviceId\":\"" + device + "\"}").body().get("closed").asInt())
        .isEqualTo(1);

    assertThat(laptop.awaitClose(Duration.ofSeconds(10)).reason()).isEqualTo("forbidden");
    phone.call(new Ping());
    post(path, "{\"deviceId\":\"\"}").assertProblem(400, "bad_request", "deviceId");
    post(path, "{\"reason\":\"" + "x".repeat(201) + "\"}")
        .assertProblem(400, "bad_request", "reason");
    post("/users/" + "x".repeat(129) + "/disconnect", "{}")
        .assertProblem(400, "bad_request", "userId");
  }

  @Test
  void countsARoom() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    GatewayClient bobs = scene.onFirst("bob");
    String chat = scene.group(alice, "bob", "carol");
    String stream = scene.user("show");
    stream(stream);

    assertThat(get("/rooms/chat/" + chat).response().body())
        .isEqualTo("{\"members\":3,\"connections\":0}");
    List.of(alice, bob, bobs).forEach(client -> client.call(join(chat)));
    List.of(bob, bobs).forEach(client -> client.call(new JoinStream(stream)));

    assertThat(get("/rooms/chat/" + chat).response().body())
        .isEqualTo("{\"members\":3,\"connections\":3}");
    assertThat(get("/rooms/live/" + stream).response().body())
        .isEqualTo("{\"members\":1,\"connections\":2}");
    get("/rooms/chat/none").assertProblem(404, "not_found", null);
    get("/rooms/live/none").assertProblem(404, "not_found", null);
    get("/rooms/user/alice").assertProblem(400, "bad_request", "kind");
  }
}
