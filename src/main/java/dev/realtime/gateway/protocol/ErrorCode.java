package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * The reason why a command or a call is refused; a {@link CloseCode} is the reason why a connection
 * ends.
 */
public enum ErrorCode {
  /**
   * The frame is not one JSON object, or a field is missing, of the wrong type or out of bounds;
   * the client corrects the command before it sends it again.
   */
  BAD_REQUEST(false, "The command is malformed."),
  /**
   * No command has this name; the connection stays open, and the client does not repeat the
   * command.
   */
  UNKNOWN_EVENT(false, "There is no such command."),
  /**
   * The connection is not authenticated, or its token is missing, invalid or revoked; the client
   * authenticates with a good token.
   */
  UNAUTHORIZED(false, "Authenticate first."),
  /**
   * The token was valid once and has expired; the client gets a new token and authenticates again.
   */
  TOKEN_EXPIRED(false, "The token has expired."),
  /**
   * The caller may not do this, or is not a member of the chat, whether or not the chat exists; the
   * client does not retry.
   */
  FORBIDDEN(false, "This is not permitted."),
  /**
   * The message, user or stream does not exist, or the caller may not see it; the client does not
   * retry.
   */
  NOT_FOUND(false, "It does not exist, or you may not see it."),
  /**
   * The command contradicts the current state, such as other content under a used idempotency key;
   * the client reads the state before it sends another command.
   */
  CONFLICT(false, "This conflicts with the current state."),
  /** The command or call exceeds a limit on size; the client sends less data. */
  TOO_LARGE(false, "This is too large."),
  /**
   * The client sent a binary frame, or a call with an unsupported Content-Type; the client sends
   * text frames, or JSON, instead.
   */
  UNSUPPORTED_DATA(false, "Only text frames are supported."),
  /**
   * The caller sent too many of these commands; the client waits for {@code retryAfterMs} and sends
   * the command again.
   */
  RATE_LIMITED(true, "Too many requests; slow down."),
  /**
   * The stream limits how often a user may send a message; the client waits for {@code
   * retryAfterMs} and sends the message again.
   */
  SLOW_MODE(true, "The room is in slow mode."),
  /** The caller is banned from the stream; the client leaves it and does not retry. */
  BANNED(false, "You are banned here."),
  /**
   * The caller may read in the stream but not write; the client disables its input and does not
   * retry.
   */
  MUTED(false, "You are muted here."),
  /**
   * The connection is in as many rooms as the welcome's {@code limits} allow; the client leaves a
   * room before it joins another.
   */
  TOO_MANY_ROOMS(false, "This connection is in too many rooms."),
  /**
   * The list of devices of an encrypted message is out of date, and the client encrypts the message
   * for the current devices; part of the contract, but no command is refused with it yet.
   */
  DEVICE_MISMATCH(false, "The list of devices is out of date."),
  /**
   * The gateway cannot serve the command at the moment; the client waits for {@code retryAfterMs}
   * and sends it again with the same idempotency key, since it may have been carried out if the
   * message says so.
   */
  UNAVAILABLE(true, "Temporarily unavailable; try again."),
  /**
   * A fault of the gateway, of which it reports no details; the client shows an error and does not
   * retry by itself.
   */
  INTERNAL(false, "The server failed to process the command.");

  private final String wireName = name().toLowerCase(Locale.ROOT);
  private final boolean retryable;
  private final String sentence;

  ErrorCode(boolean retryable, String sentence) {
    this.retryable = retryable;
    this.sentence = sentence;
  }

  /** Returns the code as it is written in the JSON. */
  @JsonValue
  public String wireName() {
    return wireName;
  }

  /** Returns whether the same command may succeed later without a change. */
  public boolean retryable() {
    return retryable;
  }

  /** Returns a sentence for people, for use when no more precise one is known. */
  public String sentence() {
    return sentence;
  }
}
