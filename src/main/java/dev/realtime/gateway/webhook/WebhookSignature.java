package dev.realtime.gateway.webhook;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.http.HttpHeaders;

/**
 * Signs a request as the Standard Webhooks specification 1.0.0 says: {@code v1,<base64 HMAC-SHA256
 * of "id.timestamp.body">}. The signature covers the time, so that a receiver can refuse a request
 * that an attacker recorded and replays.
 */
final class WebhookSignature {

  static final String ID = "webhook-id";
  static final String TIMESTAMP = "webhook-timestamp";
  static final String SIGNATURE = "webhook-signature";

  /** Precedes the base64 of the key in a secret. */
  static final String SECRET_PREFIX = "whsec_";

  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;
  private final Clock clock;

  /**
   * Creates signatures with a secret.
   *
   * @param secret {@code whsec_} and the base64 of the key
   */
  WebhookSignature(String secret, Clock clock) {
    byte[] bytes = Base64.getDecoder().decode(secret.substring(SECRET_PREFIX.length()));
    this.key = new SecretKeySpec(bytes, ALGORITHM);
    this.clock = clock;
  }

  /**
   * Sets the three headers of a request that is posted now.
   *
   * @param id the same for each attempt to post the same body; must not contain a full stop
   */
  void sign(HttpHeaders headers, String id, byte[] body) {
    long time = clock.instant().getEpochSecond();
    Mac mac = mac();
    mac.update((id + '.' + time + '.').getBytes(StandardCharsets.US_ASCII));
    headers.set(ID, id);
    headers.set(TIMESTAMP, Long.toString(time));
    headers.set(SIGNATURE, "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body)));
  }

  private Mac mac() {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac;
    } catch (NoSuchAlgorithmException | InvalidKeyException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
