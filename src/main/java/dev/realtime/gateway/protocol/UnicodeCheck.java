package dev.realtime.gateway.protocol;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Finds what JSON escapes can smuggle past UTF-8: U+0000 and lone surrogates. */
final class UnicodeCheck {

  static final String SENTENCE = "Text must not contain U+0000 or lone surrogates.";

  private UnicodeCheck() {}

  /**
   * Refuses an envelope with such text anywhere.
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

  /** Whether any text or name in the tree is not storable Unicode. */
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
