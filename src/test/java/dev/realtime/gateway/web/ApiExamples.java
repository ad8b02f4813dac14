package dev.realtime.gateway.web;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests for every call of the server API, in an order in which they work: by method and path as
 * the API's description names them. The first one of a call succeeds. What can be made of it by
 * taking away the token, or spoiling body or path, need not stand here.
 */
final class ApiExamples {

  private ApiExamples() {}

  /**
   * A request and its status.
   *
   * @param path as it is called, variables filled in
   * @param key the {@code Idempotency-Key}; null for none
   */
  record Example(int status, String path, @Nullable String body, @Nullable String key) {}

  private static final String LETTER = "01990000-0000-7000-8000-000000000001";

  /** Something to replay. */
  static final String DEAD_LETTER =
      "insert into webhook_dead_letters (id, type, subject, queue, data, created_at, attempts)"
          + " values ('"
          + LETTER
          + "', 'stream.ended', 'stream:s', 'stream:s', '{}', now(), 3)";

  private static final String EVENT = "01990000-0000-7000-8000-000000000002";

  /** Something to skip. */
  static final String WAITING_EVENT =
      "insert into webhook_events (id, type, subject, queue, data) values ('"
          + EVENT
          + "', 'stream.ended', 'stream:w', 'stream:w', '{}')";

  static final String WAITING_QUEUE = "insert into webhook_queues (queue) values ('stream:w')";

  static final Map<String, List<Example>> ALL =
      Map.ofEntries(
          call(
              "POST /api/v1/chats",
              with(201, "/api/v1/chats", chat("made")),
              with(200, "/api/v1/chats", chat("made"))),
          call(
              "PUT /api/v1/chats/{chatId}",
              with(200, "/api/v1/chats/put", chat("put")),
              with(200, "/api/v1/chats/pair", pair()),
              with(409, "/api/v1/chats/pair", chat("pair"))),
          call("DELETE /api/v1/chats/{chatId}", with(204, "/api/v1/chats/gone", null)),
          call(
              "PUT /api/v1/chats/{chatId}/members/{userId}",
              with(204, "/api/v1/chats/base/members/dave", "{\"role\": \"admin\"}"),
              with(404, "/api/v1/chats/none/members/dave", "{}"),
              with(409, "/api/v1/chats/basepair/members/dave", "{}")),
          call(
              "DELETE /api/v1/chats/{chatId}/members/{userId}",
              with(204, "/api/v1/chats/base/members/erin", null),
              with(409, "/api/v1/chats/basepair/members/bob", null)),
          call(
              "POST /api/v1/chats/{chatId}/messages",
              with(201, "/api/v1/chats/base/messages", message("one")),
              with(404, "/api/v1/chats/none/messages", message("one")),
              with(409, "/api/v1/chats/base/messages", message("two"))),
          call(
              "POST /api/v1/chats:import",
              with(200, "/api/v1/chats:import", chat("imported").replace('\n', ' '))),
          call(
              "POST /api/v1/streams",
              with(201, "/api/v1/streams", "{\"id\": \"s\", \"hostId\": \"h\", \"title\": \"S\"}"),
              with(200, "/api/v1/streams", "{\"id\": \"s\", \"hostId\": \"h\", \"title\": \"S\"}")),
          call(
              "PATCH /api/v1/streams/{streamId}",
              with(200, "/api/v1/streams/patched", "{\"title\": \"T\"}"),
              with(404, "/api/v1/streams/none", "{\"title\": \"T\"}"),
              with(409, "/api/v1/streams/patched", "{\"status\": \"ended\"}")),
          call(
              "POST /api/v1/notifications",
              new Example(202, "/api/v1/notifications", notification("one"), "k"),
              new Example(202, "/api/v1/notifications", notification("one"), "k"),
              new Example(409, "/api/v1/notifications", notification("two"), "k")),
          call(
              "PUT /api/v1/users/{userId}/follows/{followedId}",
              with(204, "/api/v1/users/alice/follows/bob", null)),
          call(
              "DELETE /api/v1/users/{userId}/follows/{followedId}",
              with(204, "/api/v1/users/alice/follows/bob", null)),
          call(
              "GET /api/v1/webhooks/dead",
              with(200, "/api/v1/webhooks/dead", null),
              with(400, "/api/v1/webhooks/dead?limit=0", null)),
          call(
              "POST /api/v1/webhooks/dead/{id}/replay",
              with(202, "/api/v1/webhooks/dead/" + LETTER + "/replay", null),
              with(404, "/api/v1/webhooks/dead/" + LETTER + "/replay", null)),
          call(
              "GET /api/v1/webhooks/waiting",
              with(200, "/api/v1/webhooks/waiting", null),
              with(400, "/api/v1/webhooks/waiting?cursor=.", null)),
          call(
              "POST /api/v1/webhooks/waiting/{id}/skip",
              with(204, "/api/v1/webhooks/waiting/" + EVENT + "/skip", null),
              with(404, "/api/v1/webhooks/waiting/" + EVENT + "/skip", null)),
          call(
              "POST /api/v1/events",
              with(
                  202,
                  "/api/v1/events",
                  "{\"userId\": \"alice\", \"event\": \"app:x\", \"data\": {}}")),
          call(
              "GET /api/v1/users/{userId}/connections",
              with(200, "/api/v1/users/alice/connections", null)),
          call(
              "POST /api/v1/users/{userId}/disconnect",
              with(200, "/api/v1/users/nobody/disconnect", "{\"reason\": \"moved\"}")),
          call(
              "GET /api/v1/rooms/{kind}/{id}",
              with(200, "/api/v1/rooms/chat/base", null),
              with(404, "/api/v1/rooms/live/none", null)));

  /** What the examples expect to be there. */
  static final List<Example> BEFORE =
      List.of(
          with(
              201, "/api/v1/streams", "{\"id\": \"patched\", \"hostId\": \"h\", \"title\": \"S\"}"),
          with(201, "/api/v1/chats", chat("base")),
          with(
              201,
              "/api/v1/chats",
              "{\"id\": \"basepair\", \"type\": \"direct\", \"memberIds\": [\"a\", \"bob\"]}"));

  private static Map.Entry<String, List<Example>> call(String call, Example... examples) {
    return Map.entry(call, List.of(examples));
  }

  private static Example with(int status, String path, @Nullable String body) {
    return new Example(status, path, body, null);
  }

  private static String chat(String id) {
    return """
    {"id": "%s", "type": "group", "title": "T", "memberIds": ["alice", "bob"]}
    """
        .formatted(id);
  }

  private static String notification(String title) {
    return """
    {"userIds": ["alice"], "type": "order", "title": "%s", "message": "It is on its way."}
    """
        .formatted(title);
  }

  private static String pair() {
    return "{\"type\": \"direct\", \"memberIds\": [\"x\", \"y\"]}";
  }

  private static String message(String content) {
    return "{\"senderId\": \"shop\", \"tempId\": \"t\", \"content\": \"%s\"}".formatted(content);
  }
}
