package dev.realtime.gateway.web.imports;

import dev.realtime.gateway.chat.imports.ImportedChat;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The chats of which an import refused a line. The import refuses their later lines too, since
 * these would leave a gap in the history.
 */
final class RefusedChats {

  /**
   * The number of chats that an import remembers. Once it refused this many it no longer knows
   * which, so it must refuse every line that continues a chat.
   */
  static final int REMEMBERED = 10_000;

  private final Map<String, Integer> lines = new ConcurrentHashMap<>();

  void add(@Nullable String chatId, int line) {
    if (chatId != null && lines.size() < REMEMBERED) {
      lines.putIfAbsent(chatId, line);
    }
  }

  /**
   * Checks that the import refused no earlier line of this chat.
   *
   * @throws GatewayException {@code conflict} if it refused one, or may have
   */
  void requireNone(ImportedChat chat) {
    Integer line = lines.get(chat.id());
    if (line != null) {
      throw conflict("Line " + line + ", of the same chat, was refused: send this one after it.");
    }
    if (chat.plan() == null && lines.size() >= REMEMBERED) {
      throw conflict("Too many chats had a line refused, and this chat may be one of them.");
    }
  }

  private static GatewayException conflict(String sentence) {
    return GatewayException.field(ErrorCode.CONFLICT, "id", sentence);
  }
}
