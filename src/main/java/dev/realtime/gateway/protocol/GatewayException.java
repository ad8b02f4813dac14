package dev.realtime.gateway.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A refusal the caller is told about. It is a signal, not a fault: it carries no stack trace and is
 * never logged as an error.
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

  /** A refusal with the code's own sentence. */
  public static GatewayException of(ErrorCode code) {
    return new GatewayException(code, code.sentence(), null, null);
  }

  /** A refusal with a more precise sentence; it reaches the client as it is. */
  public static GatewayException of(ErrorCode code, String message) {
    return new GatewayException(code, message, null, null);
  }

  /** A refusal because of one field of the command. */
  public static GatewayException field(ErrorCode code, String field, String message) {
    return new GatewayException(code, message, field, null);
  }

  /** {@code bad_request} because of one field. */
  public static GatewayException badRequest(String field, String message) {
    return field(ErrorCode.BAD_REQUEST, field, message);
  }

  /** {@code unavailable}: nothing was done, the same command may be sent again after a while. */
  public static GatewayException unavailable(Duration retryAfter) {
    return retryLater(ErrorCode.UNAVAILABLE, retryAfter);
  }

  /**
   * {@code unavailable} where the store was asked and has not answered: nobody knows whether it was
   * done, and the sentence says so.
   */
  public static GatewayException unanswered(Duration retryAfter) {
    return new GatewayException(
        ErrorCode.UNAVAILABLE,
        "The database did not answer in time, so the command may have been carried out. Send it"
            + " again with the same tempId.",
        null,
        retryAfter);
  }

  /** A refusal that ends by itself after a while. */
  public static GatewayException retryLater(ErrorCode code, Duration retryAfter) {
    return new GatewayException(code, code.sentence(), null, retryAfter);
  }

  public ErrorCode code() {
    return code;
  }

  /** The field that was wrong, or null where it was not a single one. */
  public @Nullable String field() {
    return field;
  }

  /** When to try again, or null where trying again as it is makes no sense. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  /** The sentence for the caller. */
  public String sentence() {
    String message = getMessage();
    return message == null ? code.sentence() : message;
  }
}
