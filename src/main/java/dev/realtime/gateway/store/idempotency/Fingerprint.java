package dev.realtime.gateway.store.idempotency;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Half a SHA-256 of texts: it tells the same request sent again from another one under the same
 * idempotency key.
 */
public final class Fingerprint {

  private Fingerprint() {}

  /** The fingerprint of texts in their order; a text that is missing counts as an empty one. */
  public static UUID of(@Nullable String... parts) {
    MessageDigest digest = sha256();
    for (int i = 0; i < parts.length; i++) {
      if (i > 0) {
        digest.update((byte) 0);
      }
      String part = parts[i];
      if (part != null) {
        digest.update(part.getBytes(StandardCharsets.UTF_8));
      }
    }
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new UUID(hash.getLong(), hash.getLong());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
