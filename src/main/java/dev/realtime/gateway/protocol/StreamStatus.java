package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The status of a stream; it only moves forward. */
public enum StreamStatus {
  CREATED,
  STARTED,
  ENDED;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static StreamStatus of(String wireName) {
    return valueOf(wireName.toUpperCase(Locale.ROOT));
  }

  /** Returns whether the given status is the next step. */
  public boolean mayBecome(StreamStatus next) {
    return switch (this) {
      case CREATED -> next == STARTED;
      case STARTED -> next == ENDED;
      case ENDED -> false;
    };
  }
}
