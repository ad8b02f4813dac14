package dev.realtime.gateway.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The check of ids from outside: of users, chats, streams and devices, and of idempotency keys. An
 * id has 1 to 128 characters, none of them a control character or a lone surrogate; its meaning is
 * its owner's business.
 */
public final class Ids {

  /**
   * The beginning of ids of users that exist only while an instance warms up. No command and no
   * call can name such an id, and no token of the platform can have it.
   */
  public static final String WARM_UP = "gateway:warm-up:";

  private Ids() {}

  /** Returns whether the text can be an id. */
  public static boolean isValid(String id) {
    return !id.isEmpty()
        && id.length() <= Bounds.ID_LENGTH
        && id.codePoints().noneMatch(Ids::isForbidden);
  }

  private static boolean isForbidden(int codePoint) {
    return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
  }

  /**
   * Checks the id in a field of a command or a call.
   *
   * @throws GatewayException {@code bad_request} with the field, if the id is missing, invalid or
   *     reserved
   */
  public static String check(String field, @Nullable String id) {
    return check(field, field, id);
  }

  /**
   * Checks the id in a part of a field.
   *
   * @param name what the sentence of the refusal calls the part
   * @throws GatewayException {@code bad_request} with the field, if the id is missing, invalid or
   *     reserved
   */
  static String check(String field, String name, @Nullable String id) {
    String valid = checkCharacters(field, name, id);
    if (valid.startsWith(WARM_UP)) {
      throw GatewayException.badRequest(
          field, name + " must not begin with " + WARM_UP + ", which the gateway uses itself.");
    }
    return valid;
  }

  /** Checks an id that may be reserved. */
  static String checkCharacters(String field, String name, @Nullable String id) {
    String present = Checks.required(field, name, id);
    if (!isValid(present)) {
      throw GatewayException.badRequest(
          field,
          name
              + " must have 1 to "
              + Bounds.ID_LENGTH
              + " characters, none of them a control character.");
    }
    return present;
  }
}
