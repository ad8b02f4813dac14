package dev.realtime.gateway.security;

/** Checks the form of a user's id; the platform chooses the ids. */
public final class UserIds {

  private static final int LONGEST = 128;

  private UserIds() {}

  /** Whether an id has 1 to 128 characters, without control characters and lone surrogates. */
  public static boolean isValid(String id) {
    return !id.isEmpty()
        && id.length() <= LONGEST
        && id.codePoints().noneMatch(UserIds::isForbidden);
  }

  private static boolean isForbidden(int codePoint) {
    return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
  }
}
