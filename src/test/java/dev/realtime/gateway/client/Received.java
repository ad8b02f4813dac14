package dev.realtime.gateway.client;

import dev.realtime.gateway.protocol.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A frame the gateway sent.
 *
 * @param id the id of the command it answers; null for a push
 * @param data missing node if the frame has none
 * @param raw the frame's text as it came
 */
public record Received(String event, @Nullable String id, JsonNode data, String raw) {

  /** Reads the text of a frame; one that is no JSON has an empty name. */
  static Received read(String text) {
    JsonMapper mapper = WireJson.mapper();
    try {
      JsonNode envelope = mapper.readTree(text);
      JsonNode id = envelope.get("id");
      return new Received(
          envelope.path("event").asString(""),
          id == null ? null : id.asString(),
          envelope.path("data"),
          text);
    } catch (JacksonException notJson) {
      return new Received("", null, mapper.missingNode(), text);
    }
  }

  /** Whether this frame answers a command, well or badly. */
  public boolean isReply() {
    return event.equals("ack") || event.equals("error");
  }

  /** Whether this frame was sent to catch up. */
  public boolean isReplayed() {
    return data.path("replayed").asBoolean(false);
  }

  /** A text field of the data; empty if there is none. */
  public String text(String field) {
    return data.path(field).asString("");
  }

  /** A number of the data; -1 if there is none. */
  public long number(String field) {
    return data.path(field).asLong(-1);
  }
}
