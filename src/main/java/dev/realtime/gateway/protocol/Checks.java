package dev.realtime.gateway.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks of the bounds of section 11 of the protocol, which commands run when they are constructed.
 * Each refusal is {@code bad_request} and names the field.
 */
final class Checks {

  private Checks() {}

  static <T> T required(String field, @Nullable T value) {
    return required(field, field, value);
  }

  /**
   * Checks that a part of a field is present.
   *
   * @param name what the sentence of the refusal calls the part
   */
  static <T> T required(String field, String name, @Nullable T value) {
    if (value == null) {
      throw GatewayException.badRequest(field, name + " is required.");
    }
    return value;
  }

  static @Nullable String optionalId(String field, @Nullable String value) {
    return value == null ? null : Ids.check(field, value);
  }

  /** Checks an id that the gateway assigned, and returns it in the gateway's own spelling. */
  static String ownId(String field, @Nullable String value) {
    return Identifiers.canonical(Ids.check(field, value));
  }

  static @Nullable String optionalOwnId(String field, @Nullable String value) {
    return value == null ? null : ownId(field, value);
  }

  static String text(String field, String value, int min, int max) {
    return text(field, field, value, min, max);
  }

  /**
   * Checks the text in a part of a field.
   *
   * @param name what the sentence of the refusal calls the part
   */
  static String text(String field, String name, String value, int min, int max) {
    if (value.length() < min || value.length() > max) {
      throw GatewayException.badRequest(
          field, name + " must have " + min + " to " + max + " characters.");
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw GatewayException.badRequest(field, name + " must not contain control characters.");
    }
    return value;
  }

  static @Nullable String title(@Nullable String value) {
    return value == null ? null : text("title", value, 0, Bounds.TITLE_LENGTH);
  }

  static List<String> ids(String field, @Nullable List<String> values, int max) {
    if (values == null) {
      return List.of();
    }
    atMost(field, values.size(), max);
    return values.stream().map(value -> Ids.check(field, value)).distinct().toList();
  }

  static void atMost(String field, int size, int max) {
    if (size > max) {
      throw GatewayException.badRequest(field, field + " must hold at most " + max + " entries.");
    }
  }

  static int between(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw GatewayException.badRequest(
          field, field + " must be between " + min + " and " + max + ".");
    }
    return value;
  }

  static long notNegative(String field, long value) {
    return notNegative(field, field, value);
  }

  /**
   * Checks the number in a part of a field.
   *
   * @param name what the sentence of the refusal calls the part
   */
  static long notNegative(String field, String name, long value) {
    if (value < 0) {
      throw GatewayException.badRequest(field, name + " must not be negative.");
    }
    return value;
  }

  /**
   * Checks message text: 1 to 4,000 code points, not all white space; empty only with attachments.
   */
  static void content(String value, boolean mayBeEmpty) {
    if (isWhiteSpace(value) && !(mayBeEmpty && value.isEmpty())) {
      throw GatewayException.badRequest("content", "content must not be empty.");
    }
    if (value.codePointCount(0, value.length()) > Bounds.CONTENT_LENGTH) {
      throw GatewayException.badRequest(
          "content", "content must have at most " + Bounds.CONTENT_LENGTH + " characters.");
    }
  }

  /**
   * Returns whether the text has white space only; unlike {@link String#isBlank} it includes
   * no-break spaces.
   */
  private static boolean isWhiteSpace(String value) {
    return value
        .codePoints()
        .allMatch(point -> Character.isWhitespace(point) || Character.isSpaceChar(point));
  }

  /** Checks that exactly one of content and encrypted is present. */
  static void body(@Nullable String content, @Nullable Encrypted encrypted, boolean mayBeEmpty) {
    if (encrypted == null) {
      content(required("content", "content or encrypted", content), mayBeEmpty);
    } else if (content != null) {
      throw GatewayException.badRequest("content", "content and encrypted exclude each other.");
    }
  }

  static String reaction(@Nullable String value) {
    return reaction("reaction", value);
  }

  static String reaction(String field, @Nullable String value) {
    String reaction = required(field, value);
    if (reaction.isBlank()
        || reaction.getBytes(StandardCharsets.UTF_8).length > Bounds.REACTION_BYTES) {
      throw GatewayException.badRequest(
          field, field + " must have 1 to " + Bounds.REACTION_BYTES + " bytes.");
    }
    return text(field, reaction, 1, Bounds.REACTION_BYTES);
  }
}
