package dev.realtime.gateway.webhook;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs a request: {@code t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">}. The signature covers
 * the time, so that a receiver can refuse a request that an attacker recorded and replays.
 */
final class WebhookSignature {

  /** The header that carries the signature. */
  static final String HEADER = "Gateway-Signature";

  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;
  private final Clock clock;

  WebhookSignature(String secret, Clock clock) {
    this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    this.clock = clock;
  }

  /** Returns the header's value for a body that is posted now. */
  String of(byte[] body) {
    long time = clock.instant().getEpochSecond();
    Mac mac = mac();
    mac.update((time + ".").getBytes(StandardCharsets.US_ASCII));
    return "t=" + time + ",v1=" + HexFormat.of().formatHex(mac.doFinal(body));
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
