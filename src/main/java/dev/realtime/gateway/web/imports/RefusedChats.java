package dev.realtime.gateway.web.imports;

import dev.realtime.gateway.chat.imports.ImportedChat;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The chats of which an import has refused a line: what comes after it would leave a gap. */
final class RefusedChats {

  /** Beyond these, every chat that is gone on with may be one of them. */
  static final int REMEMBERED = 10_000;

  private final Map<String, Integer> lines = new ConcurrentHashMap<>();

  void add(@Nullable String chatId, int line) {
    if (chatId != null && lines.size() < REMEMBERED) {
      lines.putIfAbsent(chatId, line);
    }
  }

  /**
   * Lets a chat pass that lacks nothing.
   *
   * @throws GatewayException {@code conflict} where a line of it was refused
   */
  void requireNone(ImportedChat chat) {
    Integer line = lines.get(chat.id());
    if (line != null) {
      throw conflict("Line " + line + ", of the same chat, was refused: send this one after it.");
    }
    if (chat.plan() == null && lines.size() >= REMEMBERED) {
      throw conflict("Too many chats had a line refused: this may be one of them.");
    }
  }

  private static GatewayException conflict(String sentence) {
    return GatewayException.field(ErrorCode.CONFLICT, "id", sentence);
  }
}
