package dev.realtime.gateway.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Tokens made by hand: any claims, signed in any way. */
final class SignedClaims {

  static final String SECRET = "access-secret-of-more-than-32-bytes-in-length";

  private SignedClaims() {}

  static String claims(String subject, long expiry) {
    return "{\"sub\":\"%s\",\"exp\":%d}".formatted(subject, expiry);
  }

  static String signed(String claims) {
    return signed(SECRET, claims);
  }

  static String signed(String secret, String claims) {
    try {
      byte[] key = secret.getBytes(StandardCharsets.UTF_8);
      return sign(JWSAlgorithm.HS256, new MACSigner(key), claims);
    } catch (JOSEException impossible) {
      throw new AssertionError(impossible);
    }
  }

  static String sign(JWSAlgorithm algorithm, JWSSigner signer, String claims) throws JOSEException {
    var jws = new JWSObject(new JWSHeader(algorithm), new Payload(claims));
    jws.sign(signer);
    return jws.serialize();
  }

  static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
