package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A gateway of its own that posts to a receiver of its own. */
final class WebhookSite implements AutoCloseable {

  final WebhookReceiver receiver = new WebhookReceiver();
  final TestGateway gateway;
  final Scene scene;

  /**
   * Starts both.
   *
   * @param events the types the platform wants, separated by commas
   * @param settings further settings of the gateway
   */
  WebhookSite(String events, String... settings) {
    gateway =
        TestGateway.start(
            Backends.freshDatabase(), Backends.redis(), receiver.settings(events, settings));
    scene = new Scene(gateway, gateway);
  }

  /** Calls the server API below its webhooks. */
  ApiCalls.Answer call(String method, String path) {
    return ApiCalls.call(gateway, method, "/api/v1/webhooks" + path, null);
  }

  /** The body of a list that must be there. */
  JsonNode list(String path) throws Exception {
    ApiCalls.Answer answer = call("GET", path);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    return answer.body();
  }

  /** The contents of the messages of a chat that the receiver accepted. */
  List<String> contents(String chat) {
    return receiver.accepted(chat).stream().map(post -> post.data("content").asString()).toList();
  }

  @Override
  public void close() {
    scene.close();
    gateway.close();
    receiver.close();
  }
}
