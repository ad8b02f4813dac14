package dev.realtime.gateway.web;

import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;

/** A test of the server API for chats: two nodes, a chat's id, and calls by the platform. */
abstract class ChatApiScene {

  @AutoClose final Scene scene = new Scene();

  final String chat = scene.user("platform/chat é");

  Answer call(String method, String path, @Nullable String body, String... headers) {
    return callAs(TestGateway.serviceToken(), method, path, body, headers);
  }

  Answer callAs(
      @Nullable String token,
      String method,
      String path,
      @Nullable String body,
      String... headers) {
    return ApiCalls.to(scene.first()).as(token).call(method, "/api/v1" + path, body, headers);
  }

  String path(String id) {
    return "/chats/" + encoded(id);
  }

  static String encoded(String segment) {
    return java.net.URLEncoder.encode(segment, java.nio.charset.StandardCharsets.UTF_8)
        .replace("+", "%20");
  }

  String group(String id, String... names) {
    String members =
        List.of(names).stream()
            .map(name -> '"' + scene.user(name) + '"')
            .reduce((a, b) -> a + "," + b)
            .orElse("");
    return """
    {"id": "%s", "type": "group", "title": "Team", "memberIds": [%s], "adminIds": ["%s"]}\
    """
        .formatted(id, members, scene.user("alice"));
  }
}
