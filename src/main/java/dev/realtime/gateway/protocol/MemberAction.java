package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** A change of a chat's members. */
public enum MemberAction {
  ADD,
  REMOVE,
  PROMOTE,
  DEMOTE,
  /** One's own: no hand-off to push for this chat. Changes nothing for others. */
  MUTE,
  UNMUTE;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
