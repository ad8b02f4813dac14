package dev.realtime.gateway.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.NotificationCommand.ListNotifications;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.support.TestGateway;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The platform's backend, as far as these tests need it. */
public final class Platform {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final URI gateway;

  public Platform(TestGateway gateway) {
    this(gateway.http(""));
  }

  /** Of a gateway at this address, which has the secrets of the tests. */
  public Platform(URI gateway) {
    this.gateway = gateway;
  }

  /** An answer of the server API. */
  record Answer(int status, JsonNode body) {}

  Answer call(String method, String path, @Nullable String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(gateway + "/api/v1" + path))
            .timeout(Duration.ofSeconds(20))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + TestGateway.serviceToken());
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
      String text = response.body();
      return new Answer(
          response.statusCode(),
          text.isEmpty() ? WireJson.mapper().missingNode() : WireJson.mapper().readTree(text));
    } catch (IOException failed) {
      throw new AssertionError(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupted);
    }
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
