package dev.realtime.gateway.load;

import dev.realtime.gateway.load.setting.Mode;
import java.nio.charset.StandardCharsets;

/** The words a connection uses: those of live streams or those of chats. */
enum Talk {
  LIVE("live", "streamId"),
  CHAT("chat", "chatId");

  /** The id of the command that joins. */
  static final String JOIN_ID = "join";

  private static final byte[] LIVE_PUSH = bytes("{\"event\":\"live:message\"");
  private static final byte[] CHAT_PUSH = bytes("{\"event\":\"chat:message\"");

  private final String family;
  private final String roomField;

  Talk(String family, String roomField) {
    this.family = family;
    this.roomField = roomField;
  }

  static Talk of(Mode mode) {
    return mode == Mode.WRITES ? CHAT : LIVE;
  }

  /** What each delivery begins with. */
  byte[] push() {
    return switch (this) {
      case LIVE -> LIVE_PUSH;
      case CHAT -> CHAT_PUSH;
    };
  }

  /** Only what is stored is acknowledged: a live message is sent without an id. */
  boolean isAcknowledged() {
    return this == CHAT;
  }

  byte[] join(String roomId) {
    return bytes(
        "{\"event\":\"%s:join\",\"id\":\"%s\",\"data\":{\"%s\":\"%s\"}}"
            .formatted(family, JOIN_ID, roomField, roomId));
  }

  /** A message; its content needs no escape. */
  byte[] message(String roomId, int sequence, String content) {
    String id = isAcknowledged() ? "\"id\":\"" + sequence + "\"," : "";
    return bytes(
        "{\"event\":\"%s:message\",%s\"data\":{\"%s\":\"%s\",\"content\":\"%s\"}}"
            .formatted(family, id, roomField, roomId, content));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
