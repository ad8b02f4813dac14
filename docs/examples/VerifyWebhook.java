import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class VerifyWebhook {

  /** Whether the gateway sent this body (the bytes as they came) within the last five minutes. */
  static boolean isGenuine(String secret, Map<String, String> headers, byte[] body)
      throws Exception {
    String id = headers.getOrDefault("webhook-id", "");
    String timestamp = headers.getOrDefault("webhook-timestamp", "");
    if (!timestamp.matches("\\d{1,12}")) {
      return false;
    }
    byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    mac.update((id + "." + timestamp + ".").getBytes());
    String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    boolean signed = false;
    for (String given : headers.getOrDefault("webhook-signature", "").split(" ")) {
      signed |= MessageDigest.isEqual(expected.getBytes(), given.getBytes());
    }
    long age = Instant.now().getEpochSecond() - Long.parseLong(timestamp);
    return signed && Math.abs(age) <= 300;
  }
}
