package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How far a client has seen a chat: a bare {@code seq}, or {@code {seq, rev}}.
 *
 * @param seq number of the last message the client has
 * @param rev number of the last change the client has; null if the client does not know it
 */
public record Position(long seq, @Nullable Long rev) {

  /** The field of a command that holds positions. */
  private static final String FIELD = "chats";

  public Position {
    Checks.notNegative(FIELD, seq);
    if (rev != null) {
      Checks.notNegative(FIELD, rev);
    }
  }

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static Position of(JsonNode node) {
    JsonNode seq = node.isObject() ? node.get("seq") : node;
    JsonNode rev = node.get("rev");
    return new Position(number(seq), rev == null || rev.isNull() ? null : number(rev));
  }

  private static long number(@Nullable JsonNode node) {
    if (node == null || !node.isIntegralNumber() || !node.canConvertToLong()) {
      throw GatewayException.badRequest(FIELD, "A position must be a number or {seq, rev}.");
    }
    return node.longValue();
  }

  @JsonValue
  Object json() {
    if (rev == null) {
      return seq;
    }
    Map<String, Long> both = new LinkedHashMap<>();
    both.put("seq", seq);
    both.put("rev", rev);
    return both;
  }
}
