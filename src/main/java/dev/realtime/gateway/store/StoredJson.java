package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.WireJson;
import tools.jackson.databind.JsonNode;

/**
 * JSON as it is stored. It is written as on the wire, so that a stored change can be pushed as it
 * is.
 */
public final class StoredJson {

  private StoredJson() {}

  public static String write(Object data) {
    return WireJson.mapper().writeValueAsString(data);
  }

  /** Reads what {@link #write} wrote. */
  public static <T> T read(String json, Class<T> type) {
    return WireJson.mapper().readValue(json, type);
  }

  /** Reads JSON of any shape. */
  public static JsonNode tree(String json) {
    return WireJson.mapper().readTree(json);
  }
}
