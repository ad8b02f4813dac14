package dev.realtime.gateway.security;

/** What a user's id may look like; the ids themselves are the platform's. */
public final class UserIds {

  private static final int LONGEST = 128;

  private UserIds() {}

  /** Whether this is 1 to 128 characters, none of them a control character or half a character. */
  public static boolean isValid(String id) {
    return !id.isEmpty()
        && id.length() <= LONGEST
        && id.codePoints().noneMatch(UserIds::isForbidden);
  }

  private static boolean isForbidden(int codePoint) {
    return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
  }
}
