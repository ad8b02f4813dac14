package dev.realtime.gateway.load.setting;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a run measures. */
public enum Mode {
  /** One live stream, everybody watches it. */
  FANOUT,
  /** Many live streams. */
  ROOMS,
  /** Connect, be welcomed, join, close. */
  CONNECT,
  /** Connections that do nothing. */
  IDLE,
  /** Stored and acknowledged chat messages. */
  WRITES;

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Mode of(String name) {
    return Arrays.stream(values())
        .filter(mode -> mode.wireName().equals(name))
        .findFirst()
        .orElseThrow(() -> new UsageException("--mode is one of " + names() + ", not " + name));
  }

  private static String names() {
    return Arrays.stream(values()).map(Mode::wireName).collect(Collectors.joining(", "));
  }

  /** Whether somebody speaks. */
  public boolean hasMessages() {
    return this == FANOUT || this == ROOMS || this == WRITES;
  }
}
