package dev.realtime.gateway.live;

import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.LiveCommand.SendLiveMessage;
import dev.realtime.gateway.protocol.LiveCommand.SetStatus;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.protocol.StreamStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Commands about streams as tests mostly send them. */
final class LiveScene {

  private LiveScene() {}

  /** A stream of this host, who has not joined it. */
  static String stream(GatewayClient host) {
    return host.call(new CreateStream("Launch", null, null)).get("streamId").asString();
  }

  static JsonNode join(GatewayClient client, String stream) {
    return client.call(new JoinStream(stream));
  }

  static JsonNode say(GatewayClient client, String stream, String content) {
    return client.call(new SendLiveMessage(stream, content, null));
  }

  static SetStatus status(String stream, StreamStatus status) {
    return new SetStatus(stream, status);
  }

  static Moderate moderate(
      String stream, ModerationAction action, @Nullable String userId, @Nullable Integer seconds) {
    return new Moderate(stream, action, userId, null, seconds);
  }

  static Moderate onMessage(String stream, ModerationAction action, String messageId) {
    return new Moderate(stream, action, null, messageId, null);
  }

  /** Says something again and again, until within a second it is refused for this reason. */
  static void awaitRefusal(GatewayClient client, String stream, String code) {
    await().atMost(Duration.ofSeconds(1)).until(() -> isRefused(client, stream, code));
  }

  private static boolean isRefused(GatewayClient client, String stream, String code) {
    try {
      say(client, stream, "hello");
      return false;
    } catch (RefusedException refused) {
      return refused.code().equals(code);
    }
  }
}
