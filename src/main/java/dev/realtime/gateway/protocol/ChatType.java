package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The two kinds of chat. */
public enum ChatType {
  /** A chat between two users; two users have at most one, and its members never change. */
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
