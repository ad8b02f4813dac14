package dev.realtime.gateway.protocol;

import org.jspecify.annotations.Nullable;

/** A frame of a client, read. */
public sealed interface Inbound {

  /** The command's id, to be echoed; null for none. */
  @Nullable String id();

  /**
   * A command to carry out.
   *
   * @param event its name on the wire
   * @param tempId the client's own mark, echoed in errors
   */
  record Accepted(@Nullable String id, String event, @Nullable String tempId, Command command)
      implements Inbound {

    /** The part of the name before the colon; commands of one family are carried out in order. */
    public String family() {
      int colon = event.indexOf(':');
      return colon < 0 ? event : event.substring(0, colon);
    }
  }

  /**
   * A frame that is not a command.
   *
   * @param undecodable whether it counts towards close code 4029
   */
  record Refused(
      @Nullable String id,
      @Nullable String event,
      @Nullable String tempId,
      GatewayException why,
      boolean undecodable)
      implements Inbound {}
}
