package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where a stream is in its life; it only goes forward. */
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

  /** Whether that is the next step. */
  public boolean mayBecome(StreamStatus next) {
    return switch (this) {
      case CREATED -> next == STARTED;
      case STARTED -> next == ENDED;
      case ENDED -> false;
    };
  }
}
