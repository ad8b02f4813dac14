package dev.realtime.gateway.faults.checker;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What lasts of a stream, as its viewers know it.
 *
 * @param slowMode seconds; 0 for none
 * @param pinned the id of the pinned message; null for none
 * @param pinnedBy who wrote it
 */
public record StreamFacts(
    String status, long slowMode, @Nullable String pinned, @Nullable String pinnedBy) {

  /** A stream that nobody has changed yet. */
  public static final StreamFacts NEW = new StreamFacts("created", 0, null, null);

  /** Reads the ack of a join, or what a resume tells of a stream. */
  public static StreamFacts of(JsonNode state) {
    JsonNode pinned = state.path("pinned");
    return new StreamFacts(
        state.path("status").asString("none"),
        state.path("slowMode").asLong(0),
        pinned.isObject() ? pinned.path("id").asString() : null,
        pinned.isObject() ? pinned.path("userId").asString() : null);
  }

  StreamFacts after(StreamChange change) {
    return switch (change.what()) {
      case "started", "ended" -> new StreamFacts(change.what(), slowMode, pinned, pinnedBy);
      case "slow_mode" -> new StreamFacts(status, change.seconds(), pinned, pinnedBy);
      case "pin" -> new StreamFacts(status, slowMode, change.message(), change.user());
      case "unpin" -> unpinned();
      case "delete" -> change.message().equals(pinned) ? unpinned() : this;
      case "purge" -> change.user().equals(pinnedBy) ? unpinned() : this;
      default -> throw new IllegalArgumentException(change.what());
    };
  }

  private StreamFacts unpinned() {
    return new StreamFacts(status, slowMode, null, null);
  }
}
