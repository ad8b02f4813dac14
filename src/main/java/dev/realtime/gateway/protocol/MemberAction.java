package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** A change of a chat's members. */
public enum MemberAction {
  ADD,
  REMOVE,
  PROMOTE,
  DEMOTE,
  /**
   * Stops handing messages of this chat to push services for the caller; other members see no
   * change.
   */
  MUTE,
  UNMUTE;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
