package dev.realtime.gateway.protocol;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Finds text that JSON escapes can carry although UTF-8 or the store forbids it: U+0000 and lone
 * surrogates.
 */
final class UnicodeCheck {

  static final String SENTENCE = "Text must not contain U+0000 or lone surrogates.";

  private UnicodeCheck() {}

  /**
   * Refuses an envelope that contains U+0000 or a lone surrogate anywhere.
   *
   * @throws GatewayException {@code bad_request} with the field of the data, or of the envelope
   */
  static void requireSound(JsonNode envelope) {
    envelope.properties().forEach(UnicodeCheck::requireSound);
  }

  private static void requireSound(Map.Entry<String, JsonNode> property) {
    if (isBroken(property.getKey())) {
      throw GatewayException.of(ErrorCode.BAD_REQUEST, SENTENCE);
    }
    if (isBroken(property.getValue())) {
      String inner =
          property
              .getValue()
              .propertyStream()
              .filter(field -> isBroken(field.getValue()) && !isBroken(field.getKey()))
              .map(Map.Entry::getKey)
              .findFirst()
              .orElse(property.getKey());
      throw GatewayException.badRequest(
          property.getKey().equals("data") ? inner : property.getKey(), SENTENCE);
    }
  }

  /** Returns whether any text or name in the tree contains U+0000 or a lone surrogate. */
  static boolean isBroken(JsonNode node) {
    if (node.isString()) {
      return isBroken(node.stringValue());
    }
    return node.propertyStream()
            .anyMatch(property -> isBroken(property.getKey()) || isBroken(property.getValue()))
        || (node.isArray() && node.valueStream().anyMatch(UnicodeCheck::isBroken));
  }

  static boolean isBroken(String text) {
    return text.codePoints().anyMatch(point -> point == 0 || (point >= 0xD800 && point <= 0xDFFF));
  }
}
