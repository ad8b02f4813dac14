package dev.realtime.gateway.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The reason why a connection ends; an {@link ErrorCode} is the reason why a command is refused.
 *
 * <p>Codes 1000 to 1011 are codes of RFC 6455, section 7.4.1. Among the gateway's own codes, 40xx
 * means that the client may simply reconnect, and 44xx that something must change first.
 */
public enum CloseCode {
  /**
   * "A normal closure, meaning that the purpose for which the connection was established has been
   * fulfilled" (RFC 6455, section 7.4.1): a client closes with it and does not reconnect; the
   * gateway never starts a close with it.
   */
  NORMAL(1000, "normal", false, false, null),
  /**
   * "An endpoint is terminating the connection due to a protocol error" (RFC 6455, section 7.4.1):
   * the client sent a broken WebSocket frame; it reconnects and resumes, which helps only once the
   * fault in the app is corrected.
   */
  BROKEN_FRAME(1002, "broken frame", true, true, null),
  /**
   * "An endpoint is terminating the connection because it has received data within a message that
   * was not consistent with the type of the message (e.g., non-UTF-8 [RFC3629] data within a text
   * message)" (RFC 6455, section 7.4.1): the client sent invalid UTF-8; it reconnects and resumes,
   * which helps only once the fault in the app is corrected.
   */
  INVALID_TEXT(1007, "invalid UTF-8", true, true, null),
  /**
   * "An endpoint is terminating the connection because it has received a message that is too big
   * for it to process" (RFC 6455, section 7.4.1): the client sent a frame above the welcome's
   * {@code limits}; it reconnects, resumes and sends smaller frames.
   */
  FRAME_TOO_LARGE(1009, "frame too large", true, true, null),
  /**
   * "A server is terminating the connection because it encountered an unexpected condition that
   * prevented it from fulfilling the request" (RFC 6455, section 7.4.1): the gateway could not keep
   * a promise, such as a replay; the client waits for {@code afterMs}, reconnects and resumes.
   */
  SERVER_ERROR(1011, "server error", true, true, Duration.ofSeconds(2)),
  /**
   * The client sent a binary frame; it reconnects and resumes, which helps only once it sends text.
   */
  UNSUPPORTED_DATA(4002, "only text frames are understood", true, true, null),
  /**
   * The client read too slowly and its queue is full; it reconnects and resumes, and loses nothing.
   */
  SLOW_CONSUMER(4008, "slow consumer", true, true, null),
  /** The client was silent after a ping; it reconnects and resumes. */
  HEARTBEAT_MISSED(4010, "heartbeat missed", true, true, null),
  /**
   * The instance is about to stop; the client waits for {@code afterMs}, reconnects and resumes.
   */
  DRAINING(4012, "server is draining", true, true, Duration.ofSeconds(1)),
  /**
   * The client sent too many frames within a minute that are no commands; it waits for {@code
   * afterMs}, reconnects and resumes, which helps only once the fault in the app is corrected.
   */
  TOO_MANY_ERRORS(4029, "too many errors", true, true, Duration.ofSeconds(10)),
  /** The token is invalid or revoked; the client gets a new token before it reconnects. */
  UNAUTHORIZED(4401, "bad or revoked token", false, false, null),
  /**
   * The platform ended the connection, and may give its own reason in {@code session:bye}; the
   * client does not reconnect by itself.
   */
  FORBIDDEN(4403, "forbidden", false, false, null),
  /** The client sent no {@code session:auth} in time; it reconnects and authenticates at once. */
  AUTH_TIMEOUT(4408, "no session:auth in time", true, false, null),
  /**
   * A newer connection of the same device has taken the place; the client does not reconnect by
   * itself.
   */
  DISPLACED(4409, "displaced by the same device", false, false, null),
  /**
   * The user has too many connections, and this one had been silent for longest; the client does
   * not reconnect by itself.
   */
  TOO_MANY_CONNECTIONS(4413, "too many connections of this user", false, false, null),
  /** The token has expired; the client gets a new token, reconnects and resumes. */
  TOKEN_EXPIRED(4419, "token expired", false, true, null);

  private final int code;
  private final String reason;
  private final boolean reconnect;
  private final boolean resume;
  // The longest time to wait, unless the gateway is in trouble.
  private final @Nullable Duration after;

  CloseCode(int code, String reason, boolean reconnect, boolean resume, @Nullable Duration after) {
    this.code = code;
    this.reason = reason;
    this.reconnect = reconnect;
    this.resume = resume;
    this.after = after;
  }

  /** Returns the code of the close frame. */
  public int code() {
    return code;
  }

  /**
   * Returns the reason in the close frame, at most 123 bytes as RFC 6455, section 5.5, requires.
   */
  public String reason() {
    return reason;
  }

  /** Returns the event that precedes the close frame. */
  public SessionEvent.Bye bye() {
    return bye(after);
  }

  /** Returns the event that precedes the close frame, with another reason. */
  public SessionEvent.Bye bye(String words) {
    return new SessionEvent.Bye(
        code, words, reconnect, resume, after == null ? null : after.toMillis());
  }

  /** Returns the event that precedes the close frame, with another delay; null for none. */
  public SessionEvent.Bye bye(@Nullable Duration after) {
    return new SessionEvent.Bye(
        code, reason, reconnect, resume, after == null ? null : after.toMillis());
  }
}
