package dev.realtime.gateway.faults.checker;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/** A chat as an app keeps it: what frames and answers have told so far. Not thread-safe. */
public final class Replica {

  private final SortedMap<Long, Copy> messages = new TreeMap<>();
  private final SortedMap<String, String> roles = new TreeMap<>();
  private final Map<String, Long> seqs = new HashMap<>();

  /** The last change that each message, as it is here, includes. */
  private final Map<Long, Long> revs = new HashMap<>();

  /** Takes a lasting change, or a frame of a replay. */
  public void apply(String event, JsonNode data) {
    switch (event) {
      case "chat:message" -> put(data);
      case "chat:changed" -> put(data.path("message"));
      case "chat:edit" -> change(data, copy -> copy.saying(data.path("content").asString()));
      case "chat:delete" -> change(data, Copy::deleted);
      case "chat:reaction" ->
          change(
              data,
              copy -> copy.reacted(data.path("reaction").asString(), data.path("count").asLong()));
      case "chat:member" -> member(data.path("userId").asString(), data.path("action").asString());
      default -> {
        // A title changes nothing that is kept here.
      }
    }
  }

  /** Takes a message in its present state, unless a newer one is here. */
  public void put(JsonNode message) {
    long seq = message.path("seq").asLong();
    long rev = message.path("rev").asLong();
    if (rev < revs.getOrDefault(seq, 0L)) {
      return;
    }
    revs.put(seq, rev);
    Copy copy = Copy.of(message);
    messages.put(seq, copy);
    seqs.put(copy.id(), seq);
  }

  private void change(JsonNode data, UnaryOperator<Copy> how) {
    Long seq = seqs.get(data.path("messageId").asString());
    if (seq != null) {
      messages.computeIfPresent(seq, (_, copy) -> how.apply(copy));
      revs.put(seq, data.path("rev").asLong());
    }
  }

  private void member(String user, String action) {
    switch (action) {
      case "remove" -> roles.remove(user);
      case "promote" -> roles.put(user, "admin");
      default -> roles.put(user, "member");
    }
  }

  /** Takes the members that an ack lists, if it does. */
  public void members(JsonNode list) {
    if (list.isArray()) {
      roles.clear();
      for (JsonNode each : list) {
        roles.put(each.path("userId").asString(), each.path("role").asString());
      }
    }
  }

  /** The messages have to be read anew. */
  public void forget() {
    messages.clear();
    seqs.clear();
    revs.clear();
  }

  public SortedMap<Long, Copy> messages() {
    return new TreeMap<>(messages);
  }

  public SortedMap<String, String> roles() {
    return new TreeMap<>(roles);
  }

  /** The id of a message; empty if it is not known. */
  public String id(long seq) {
    Copy copy = messages.get(seq);
    return copy == null ? "" : copy.id();
  }
}
