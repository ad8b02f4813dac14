package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The two kinds of chat. */
public enum ChatType {
  /** Between two people; a pair has one, and its members never change. */
  DIRECT,
  GROUP;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static ChatType of(String wireName) {
    return valueOf(wireName.toUpperCase(Locale.ROOT));
  }
}
