package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What the host and moderators of a stream can do; section 5 of the protocol. */
public enum ModerationAction {
  SLOW_MODE,
  MUTE,
  UNMUTE,
  BAN,
  UNBAN,
  DELETE,
  PURGE,
  PIN,
  UNPIN,
  ADD_MODERATOR,
  REMOVE_MODERATOR;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it names a user. */
  public boolean isAboutUser() {
    return switch (this) {
      case MUTE, UNMUTE, BAN, UNBAN, PURGE, ADD_MODERATOR, REMOVE_MODERATOR -> true;
      case SLOW_MODE, DELETE, PIN, UNPIN -> false;
    };
  }

  /** Whether it names a message. */
  public boolean isAboutMessage() {
    return this == DELETE || this == PIN;
  }

  /** Whether it may have an end. */
  public boolean isForAWhile() {
    return this == MUTE || this == BAN;
  }

  /** Whether it is the host's alone. */
  public boolean isHostOnly() {
    return this == ADD_MODERATOR || this == REMOVE_MODERATOR;
  }

  /** Whether everybody in the stream is told, not just the person and the moderators. */
  public boolean isPublic() {
    return switch (this) {
      case SLOW_MODE, DELETE, PURGE, PIN, UNPIN -> true;
      case MUTE, UNMUTE, BAN, UNBAN, ADD_MODERATOR, REMOVE_MODERATOR -> false;
    };
  }
}
