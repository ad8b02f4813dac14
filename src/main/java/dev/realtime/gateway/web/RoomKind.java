package dev.realtime.gateway.web;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.GatewayException;
import java.util.Arrays;
import java.util.Locale;

/** The kinds of rooms that the platform's backend can name. */
enum RoomKind {
  CHAT,
  LIVE;

  @JsonValue
  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static RoomKind of(String wireName) {
    return Arrays.stream(values())
        .filter(kind -> kind.wireName().equals(wireName))
        .findFirst()
        .orElseThrow(() -> GatewayException.badRequest("kind", "kind must be chat or live."));
  }

  RoomId room(String id) {
    return switch (this) {
      case CHAT -> RoomId.chat(id);
      case LIVE -> RoomId.live(id);
    };
  }
}
