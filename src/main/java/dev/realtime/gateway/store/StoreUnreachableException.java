package dev.realtime.gateway.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** There was no connection to work on: nothing was asked, and nothing done. The cause tells why. */
final class StoreUnreachableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryAfter;

  StoreUnreachableException(String message) {
    this(message, null, null);
  }

  StoreUnreachableException(Throwable cause) {
    this(cause.toString(), cause, null);
  }

  /**
   * Creates the failure of one caller. It has no stack trace: in an outage there are thousands a
   * second.
   *
   * @param retryAfter after how long this caller should try again
   */
  StoreUnreachableException(
      String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
    super(message, cause, false, false);
    this.retryAfter = retryAfter;
  }

  /** Returns after how long to try again; null where nobody chose a time. */
  @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
