package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/** Whether a chat accepts plain content. */
public enum Encryption {
  /** The chat accepts only {@link Encrypted} bodies. */
  REQUIRED;

  @JsonValue
  public String wireName() {
    return "required";
  }
}
