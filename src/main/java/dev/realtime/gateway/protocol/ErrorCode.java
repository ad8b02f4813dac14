package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What answers a command that was refused; {@link CloseCode} is what ends a connection. */
public enum ErrorCode {
  BAD_REQUEST(false, "The command is malformed."),
  UNKNOWN_EVENT(false, "There is no such command."),
  UNAUTHORIZED(false, "Authenticate first."),
  TOKEN_EXPIRED(false, "The token has expired."),
  FORBIDDEN(false, "This is not permitted."),
  NOT_FOUND(false, "It does not exist, or you may not see it."),
  CONFLICT(false, "This conflicts with the current state."),
  TOO_LARGE(false, "This is too large."),
  UNSUPPORTED_DATA(false, "Only text frames are supported."),
  RATE_LIMITED(true, "Too many requests; slow down."),
  SLOW_MODE(true, "The room is in slow mode."),
  BANNED(false, "You are banned here."),
  MUTED(false, "You are muted here."),
  TOO_MANY_ROOMS(false, "This connection is in too many rooms."),
  /** Part of the contract for encrypted messages; no command is refused with it yet. */
  DEVICE_MISMATCH(false, "The list of devices is out of date."),
  UNAVAILABLE(true, "Temporarily unavailable; try again."),
  INTERNAL(false, "The server failed to process the command.");

  private final String wireName = name().toLowerCase(Locale.ROOT);
  private final boolean retryable;
  private final String sentence;

  ErrorCode(boolean retryable, String sentence) {
    this.retryable = retryable;
    this.sentence = sentence;
  }

  /** The code as it stands in the JSON. */
  @JsonValue
  public String wireName() {
    return wireName;
  }

  /** Whether the same command may succeed later without a change. */
  public boolean retryable() {
    return retryable;
  }

  /** A sentence for people, used where nothing more precise is known. */
  public String sentence() {
    return sentence;
  }
}
