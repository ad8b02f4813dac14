package dev.realtime.gateway.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What ends a connection; {@link ErrorCode} is what answers a command.
 *
 * <p>Codes 1000 to 1013 are those of RFC 6455, section 7.4.1. Of our own, 40xx means "come back"
 * and 44xx "something must change first".
 */
public enum CloseCode {
  /** Part of the contract, for clients that close; the gateway has no reason to close with it. */
  NORMAL(1000, "normal", false, false, null),
  BROKEN_FRAME(1002, "broken frame", true, true, null),
  INVALID_TEXT(1007, "invalid UTF-8", true, true, null),
  FRAME_TOO_LARGE(1009, "frame too large", true, true, null),
  SERVER_ERROR(1011, "server error", true, true, Duration.ofSeconds(1)),
  UNSUPPORTED_DATA(4002, "only text frames are understood", true, true, null),
  SLOW_CONSUMER(4008, "slow consumer", true, true, null),
  HEARTBEAT_MISSED(4010, "heartbeat missed", true, true, null),
  DRAINING(4012, "server is draining", true, true, Duration.ofSeconds(1)),
  TOO_MANY_ERRORS(4029, "too many errors", true, true, Duration.ofSeconds(10)),
  UNAUTHORIZED(4401, "bad or revoked token", false, false, null),
  FORBIDDEN(4403, "forbidden", false, false, null),
  AUTH_TIMEOUT(4408, "no session:auth in time", true, false, null),
  TOO_MANY_CONNECTIONS(4413, "too many connections of this user", false, false, null),
  TOKEN_EXPIRED(4419, "token expired", false, true, null);

  private final int code;
  private final String reason;
  private final boolean reconnect;
  private final boolean resume;
  private final @Nullable Duration after;

  CloseCode(int code, String reason, boolean reconnect, boolean resume, @Nullable Duration after) {
    this.code = code;
    this.reason = reason;
    this.reconnect = reconnect;
    this.resume = resume;
    this.after = after;
  }

  /** The number in the close frame. */
  public int code() {
    return code;
  }

  /** The words in the close frame, at most 123 bytes as RFC 6455, section 5.5, demands. */
  public String reason() {
    return reason;
  }

  /** The last words before the close frame. */
  public SessionEvent.Bye bye() {
    return bye(after);
  }

  /** The last words, in words of this moment's choice. */
  public SessionEvent.Bye bye(String words) {
    return new SessionEvent.Bye(
        code, words, reconnect, resume, after == null ? null : after.toMillis());
  }

  /** The last words, with a delay of this moment's choice. */
  public SessionEvent.Bye bye(@Nullable Duration after) {
    return new SessionEvent.Bye(
        code, reason, reconnect, resume, after == null ? null : after.toMillis());
  }
}
