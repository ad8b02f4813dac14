package dev.realtime.gateway.protocol;

import org.jspecify.annotations.Nullable;

/** A decoded frame of a client. */
public sealed interface Inbound {

  /** Returns the command's id, which the reply echoes; null for none. */
  @Nullable String id();

  /** Returns the command's name on the wire; null if it could not be read. */
  @Nullable String event();

  /**
   * The command that must not wait for a {@code session:resume}, because apps measure its latency.
   */
  String PING = "session:ping";

  /**
   * Returns the command's family, whose commands run in order: the part of the name before the
   * colon. {@link #PING} is a family of its own.
   */
  default String family() {
    String name = event();
    if (name == null) {
      return "";
    }
    int colon = name.equals(PING) ? -1 : name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }

  /**
   * A command to carry out.
   *
   * @param event the command's name on the wire
   * @param tempId the client's idempotency key, echoed in errors
   */
  record Accepted(@Nullable String id, String event, @Nullable String tempId, Command command)
      implements Inbound {}

  /**
   * A frame that is not a command, or a command whose data does not fit.
   *
   * @param undecodable whether the frame counts towards close code 4029
   */
  record Refused(
      @Nullable String id,
      @Nullable String event,
      @Nullable String tempId,
      GatewayException why,
      boolean undecodable)
      implements Inbound {

    /** Returns whether the frame is a known command whose data does not fit. */
    public boolean isCommand() {
      return !undecodable && why.code() != ErrorCode.UNKNOWN_EVENT && event != null;
    }
  }
}
