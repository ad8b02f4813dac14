package dev.realtime.gateway.web.imports;

import static dev.realtime.gateway.support.Commands.history;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Scene;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** Two gateways, and the chat of another system between Alice and Bob, line by line. */
final class ImportScene implements AutoCloseable {

  final Scene scene = new Scene();
  final String alice = scene.user("alice");
  final String bob = scene.user("bob");
  final String chat = scene.user("old");

  ApiCalls.Answer importing(String... lines) {
    return OpenImport.whole(scene.first(), lines);
  }

  JsonNode bring(String... lines) {
    var answer = importing(lines);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    return answer.body();
  }

  static String counts(JsonNode summary) {
    return "%s created, %s extended, %s unchanged, %s failed"
        .formatted(
            summary.get("created"),
            summary.get("extended"),
            summary.get("unchanged"),
            summary.get("failed"));
  }

  String group(String id, String messages) {
    return """
    {"id":"%s","type":"group","title":"Old","memberIds":["%s","%s"],"adminIds":["%s"],\
    "createdAt":"2019-01-01T00:00:00Z","messages":[%s],"unread":{"%s":1}}\
    """
        .formatted(id, alice, bob, alice, messages, bob);
  }

  String said(int number) {
    return said(number, "");
  }

  String said(int number, String more) {
    return """
    {"id":"m%d","senderId":"%s","content":"message %d","createdAt":"2020-01-01T00:%02d:00Z"%s}\
    """
        .formatted(number, number % 2 == 0 ? alice : bob, number, number, more);
  }

  String said(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(this::said).collect(Collectors.joining(","));
  }

  String more(String messages) {
    return "{\"id\":\"%s\",\"messages\":[%s]}".formatted(chat, messages);
  }

  List<String> marks() {
    return scene
        .onSecond("bob")
        .call(history(chat))
        .get("messages")
        .valueStream()
        .map(each -> each.get("tempId").asString())
        .toList();
  }

  static List<String> failures(JsonNode summary) {
    return summary
        .get("failures")
        .valueStream()
        .map(each ->
            each.get("line").asInt()
                + " "
                + each.get("code").asString()
                + " "
                + each.path("field").asString("-"))
        .toList();
  }

  @Override
  public void close() {
    scene.close();
  }
}
