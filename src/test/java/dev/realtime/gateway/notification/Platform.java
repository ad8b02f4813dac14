package dev.realtime.gateway.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.NotificationCommand.ListNotifications;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.TestGateway;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The platform's backend, as far as these tests need it. */
public final class Platform {

  static final String KEY = "Idempotency-Key";

  private final ApiCalls api;

  public Platform(TestGateway gateway) {
    this(gateway.http(""));
  }

  /** Of a gateway at this address, which has the secrets of the tests. */
  public Platform(URI gateway) {
    this.api = ApiCalls.to(gateway);
  }

  Answer call(String method, String path, @Nullable String body, String... headers) {
    return api.call(method, "/api/v1" + path, body, headers);
  }

  /** Tells users; more fields begin with a comma. */
  public void tell(Collection<String> userIds, String title, String more) {
    Answer answer = call("POST", "/notifications", body(userIds, title, more));
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
  }

  public void tell(String userId, String title) {
    tell(List.of(userId), title, "");
  }

  static String body(Collection<String> userIds, String title, String more) {
    String ids = userIds.stream().map(id -> '"' + id + '"').collect(Collectors.joining(","));
    return """
    {"userIds": [%s], "type": "test", "title": "%s", "message": "a message"%s}\
    """
        .formatted(ids, title, more);
  }

  static ListNotifications list() {
    return new ListNotifications(null, null, null);
  }

  /** The titles a client was pushed, in the order they came. */
  public static List<String> titles(GatewayClient client) {
    return pushes(client).stream().map(frame -> frame.text("title")).toList();
  }

  static List<Received> pushes(GatewayClient client) {
    return client.received().stream()
        .filter(frame -> frame.event().equals("notification"))
        .toList();
  }

  static List<String> listed(JsonNode page) {
    return page.get("notifications")
        .valueStream()
        .map(entry -> entry.get("title").asString())
        .toList();
  }
}
