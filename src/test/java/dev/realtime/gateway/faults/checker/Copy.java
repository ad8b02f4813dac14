package dev.realtime.gateway.faults.checker;

import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A message as somebody knows it: an app, or the database.
 *
 * @param content null if it was deleted
 * @param reactions how many users gave each
 */
public record Copy(
    String id, String sender, @Nullable String content, SortedMap<String, Long> reactions) {

  public Copy {
    reactions = new TreeMap<>(reactions);
  }

  /** Reads a message of the protocol. */
  public static Copy of(JsonNode message) {
    SortedMap<String, Long> reactions = new TreeMap<>();
    for (JsonNode each : message.path("reactions")) {
      reactions.put(each.path("reaction").asString(), each.path("count").asLong());
    }
    JsonNode content = message.path("content");
    return new Copy(
        message.path("id").asString(),
        message.path("senderId").asString(),
        content.isString() ? content.asString() : null,
        reactions);
  }

  public Copy saying(@Nullable String words) {
    return new Copy(id, sender, words, reactions);
  }

  /** A deleted message has neither words nor reactions. */
  public Copy deleted() {
    return new Copy(id, sender, null, new TreeMap<>());
  }

  public Copy reacted(String reaction, long count) {
    SortedMap<String, Long> changed = new TreeMap<>(reactions);
    if (count == 0) {
      changed.remove(reaction);
    } else {
      changed.put(reaction, count);
    }
    return new Copy(id, sender, content, changed);
  }
}
