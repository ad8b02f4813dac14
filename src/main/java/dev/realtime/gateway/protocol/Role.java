package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a member may do in a chat. */
public enum Role {
  MEMBER,
  ADMIN;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Role of(String wireName) {
    return valueOf(wireName.toUpperCase(Locale.ROOT));
  }
}
