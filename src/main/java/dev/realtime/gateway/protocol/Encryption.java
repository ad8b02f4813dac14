package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/** Whether a chat takes plain content. */
public enum Encryption {
  /** Only {@link Encrypted} bodies are accepted. */
  REQUIRED;

  @JsonValue
  public String wireName() {
    return "required";
  }
}
