package dev.realtime.gateway.faults.checker;

import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * A lasting change of a stream that all its viewers are told.
 *
 * @param what the new status, or the action of a moderator
 * @param message the id of the message it is about, or empty
 * @param user whom it is about, or who wrote the pinned message, or empty
 */
public record StreamChange(String what, String message, String user, long seconds, String by) {

  private static final Set<String> PUBLIC = Set.of("slow_mode", "delete", "purge", "pin", "unpin");

  /** Reads a push; empty for what is told to some, or does not last. */
  public static Optional<StreamChange> of(String event, JsonNode data) {
    if (event.equals("live:status")) {
      return Optional.of(new StreamChange(data.path("status").asString("none"), "", "", 0, ""));
    }
    String action = data.path("action").asString("none");
    if (!event.equals("live:moderate") || !PUBLIC.contains(action)) {
      return Optional.empty();
    }
    String writer = data.path("message").path("userId").asString("");
    return Optional.of(
        new StreamChange(
            action,
            data.path("messageId").asString(""),
            action.equals("pin") ? writer : data.path("userId").asString(""),
            data.path("seconds").asLong(0),
            data.path("by").asString("")));
  }
}
