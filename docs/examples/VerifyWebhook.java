import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class VerifyWebhook {

  private static final Pattern SIGNATURE = Pattern.compile("t=(\\d{1,12}),v1=([0-9a-f]{64})");

  /** Whether the gateway sent this body (the bytes as they came) within the last five minutes. */
  static boolean isGenuine(byte[] secret, String signature, byte[] body) throws Exception {
    Matcher parts = SIGNATURE.matcher(signature == null ? "" : signature);
    if (!parts.matches()) {
      return false;
    }
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    mac.update((parts.group(1) + ".").getBytes());
    byte[] expected = mac.doFinal(body);
    long age = Instant.now().getEpochSecond() - Long.parseLong(parts.group(1));
    return MessageDigest.isEqual(expected, HexFormat.of().parseHex(parts.group(2)))
        && Math.abs(age) <= 300;
  }
}
