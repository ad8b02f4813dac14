package dev.realtime.gateway.faults.site;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** JWTs as a platform's login issues them. */
public final class Tokens {

  private static final Duration LIFE = Duration.ofHours(2);

  private Tokens() {}

  public static String user(String user) {
    return sign(claims(user, ""));
  }

  public static String service() {
    return sign(claims("backend", ",\"scope\":\"gateway:admin\""));
  }

  private static String claims(String subject, String further) {
    return "{\"sub\":\"%s\",\"jti\":\"%s\",\"exp\":%d%s}"
        .formatted(subject, UUID.randomUUID(), Instant.now().plus(LIFE).getEpochSecond(), further);
  }

  private static String sign(String claims) {
    String signed = encode("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8));
    signed += "." + encode(claims.getBytes(StandardCharsets.UTF_8));
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(
          new SecretKeySpec(GatewayNode.SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return signed + "." + encode(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
