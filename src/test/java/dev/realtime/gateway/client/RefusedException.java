package dev.realtime.gateway.client;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The gateway answered a command with {@code error}. */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String code;
  private final String sentence;
  private final @Nullable String field;
  private final @Nullable String event;
  private final @Nullable String tempId;
  private final @Nullable Long retryAfterMs;
  private final boolean retryable;

  RefusedException(JsonNode data) {
    super(data.toString(), null, false, true);
    this.code = data.path("code").asString("");
    this.sentence = data.path("message").asString("");
    this.field = text(data, "field");
    this.event = text(data, "event");
    this.tempId = text(data, "tempId");
    this.retryAfterMs = data.has("retryAfterMs") ? data.get("retryAfterMs").asLong() : null;
    this.retryable = data.path("retryable").asBoolean(false);
  }

  private static @Nullable String text(JsonNode data, String field) {
    JsonNode value = data.get(field);
    return value == null ? null : value.asString();
  }

  /** The error code as it stands on the wire, such as {@code bad_request}. */
  public String code() {
    return code;
  }

  /** The sentence for people. */
  public String sentence() {
    return sentence;
  }

  /** The field that was wrong; null where it was not a single one. */
  public @Nullable String field() {
    return field;
  }

  /** The command that was refused; null where the gateway could not read it. */
  public @Nullable String event() {
    return event;
  }

  /** The refused command's own mark. */
  public @Nullable String tempId() {
    return tempId;
  }

  /** Milliseconds after which the same command may succeed. */
  public @Nullable Long retryAfterMs() {
    return retryAfterMs;
  }

  /** Whether the same command may succeed later. */
  public boolean retryable() {
    return retryable;
  }
}
