package dev.realtime.gateway.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A refusal that the gateway sends to the caller. It is an expected outcome: it has no stack trace
 * and is never logged as an error.
 */
public final class GatewayException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final @Nullable String field;
  private final @Nullable Duration retryAfter;

  private GatewayException(
      ErrorCode code, String message, @Nullable String field, @Nullable Duration retryAfter) {
    super(message, null, false, false);
    this.code = code;
    this.field = field;
    this.retryAfter = retryAfter;
  }

  /** Returns a refusal with the code's own sentence. */
  public static GatewayException of(ErrorCode code) {
    return new GatewayException(code, code.sentence(), null, null);
  }

  /** Returns a refusal with a more precise sentence, which reaches the client unchanged. */
  public static GatewayException of(ErrorCode code, String message) {
    return new GatewayException(code, message, null, null);
  }

  /** Returns a refusal because of one field of the command. */
  public static GatewayException field(ErrorCode code, String field, String message) {
    return new GatewayException(code, message, field, null);
  }

  /** Returns a {@code bad_request} because of one field. */
  public static GatewayException badRequest(String field, String message) {
    return field(ErrorCode.BAD_REQUEST, field, message);
  }

  /**
   * Returns {@code unavailable}: the command had no effect, and the client may send it again later.
   */
  public static GatewayException unavailable(Duration retryAfter) {
    return retryLater(ErrorCode.UNAVAILABLE, retryAfter);
  }

  /**
   * Returns {@code unavailable} for a command whose database call did not answer in time: its
   * outcome is unknown, and the sentence says so.
   */
  public static GatewayException unanswered(Duration retryAfter) {
    return new GatewayException(
        ErrorCode.UNAVAILABLE,
        "The database did not answer in time, so the command may have been carried out. Send it"
            + " again with the same tempId.",
        null,
        retryAfter);
  }

  /** Returns a refusal whose cause ends by itself after a while. */
  public static GatewayException retryLater(ErrorCode code, Duration retryAfter) {
    return new GatewayException(code, code.sentence(), null, retryAfter);
  }

  public ErrorCode code() {
    return code;
  }

  /** Returns the field that was wrong; null unless the error concerns a single field. */
  public @Nullable String field() {
    return field;
  }

  /** Returns after how long to try again; null where an unchanged retry makes no sense. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  /** Returns the sentence for the caller. */
  public String sentence() {
    String message = getMessage();
    return message == null ? code.sentence() : message;
  }
}
