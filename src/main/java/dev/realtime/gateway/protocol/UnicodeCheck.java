package dev.realtime.gateway.protocol;

import tools.jackson.databind.JsonNode;

/** Finds what JSON escapes can smuggle past UTF-8: U+0000 and lone surrogates. */
final class UnicodeCheck {

  private UnicodeCheck() {}

  /** Whether any text or name in the tree is not storable Unicode. */
  static boolean isBroken(JsonNode node) {
    if (node.isString()) {
      return isBroken(node.stringValue());
    }
    return node.propertyStream()
            .anyMatch(property -> isBroken(property.getKey()) || isBroken(property.getValue()))
        || (node.isArray() && node.valueStream().anyMatch(UnicodeCheck::isBroken));
  }

  private static boolean isBroken(String text) {
    return text.codePoints()
        .anyMatch(point -> point == 0 || (point >= 0xD800 && point <= 0xDFFF));
  }
}
