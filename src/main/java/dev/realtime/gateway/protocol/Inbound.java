package dev.realtime.gateway.protocol;

import org.jspecify.annotations.Nullable;

/** A frame of a client, read. */
public sealed interface Inbound {

  /** The command's id, to be echoed; null for none. */
  @Nullable String id();

  /** The name on the wire; null where it could not be read. */
  @Nullable String event();

  /** The command that must not wait for a {@code session:resume}: apps measure its answer. */
  String PING = "session:ping";

  /**
   * Commands of one family are carried out in order: the part of the name before the colon, and a
   * family of its own for {@link #PING}.
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
   * @param event its name on the wire
   * @param tempId the client's own mark, echoed in errors
   */
  record Accepted(@Nullable String id, String event, @Nullable String tempId, Command command)
      implements Inbound {}

  /**
   * A frame that is no command, or one whose data does not fit.
   *
   * @param undecodable whether it counts towards close code 4029
   */
  record Refused(
      @Nullable String id,
      @Nullable String event,
      @Nullable String tempId,
      GatewayException why,
      boolean undecodable)
      implements Inbound {

    /** Whether it is a command of the protocol, only with data that does not fit. */
    public boolean isCommand() {
      return !undecodable && why.code() != ErrorCode.UNKNOWN_EVENT && event != null;
    }
  }
}
