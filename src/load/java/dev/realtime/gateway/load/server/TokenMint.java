package dev.realtime.gateway.load.server;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Signs access tokens as the platform does: JWS with HS256. */
final class TokenMint {

  /** Longer than any run. */
  private static final Duration LIFETIME = Duration.ofHours(4);

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final String HEADER = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");

  private final SecretKeySpec key;
  private final long expiry = Instant.now().plus(LIFETIME).getEpochSecond();

  TokenMint(String secret) {
    key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  }

  /** A token of a user whose id needs no escape in JSON. */
  String mint(String userId, @Nullable String scope) {
    String scopeClaim = scope == null ? "" : ",\"scope\":\"" + scope + "\"";
    String claims = "{\"sub\":\"" + userId + "\",\"exp\":" + expiry + scopeClaim + "}";
    String content = HEADER + "." + encode(claims);
    return content + "." + BASE64.encodeToString(sign(content));
  }

  private byte[] sign(String content) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(content.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String encode(String text) {
    return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
