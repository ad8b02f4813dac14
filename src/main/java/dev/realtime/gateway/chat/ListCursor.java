package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.GatewayException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The position after which a page of chats begins, in the order of activity. */
public record ListCursor(OffsetDateTime activeAt, String chatId) {

  private static final OffsetDateTime LATER_THAN_ANY =
      OffsetDateTime.of(9999, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  /**
   * Parses the text of {@link #text()}; null is the beginning of the list.
   *
   * @throws GatewayException {@code bad_request} if it is not a cursor
   */
  public static ListCursor of(@Nullable String text) {
    if (text == null) {
      return new ListCursor(LATER_THAN_ANY, "");
    }
    try {
      String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
      int space = plain.indexOf(' ');
      return new ListCursor(
          OffsetDateTime.parse(plain.substring(0, Math.max(0, space))), plain.substring(space + 1));
    } catch (IllegalArgumentException | DateTimeException notACursor) {
      throw GatewayException.badRequest("cursor", "The cursor is invalid for this list.");
    }
  }

  public String text() {
    String plain = activeAt + " " + chatId;
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }
}
