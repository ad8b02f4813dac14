package dev.realtime.gateway.ops;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.security.Caller;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import org.springframework.stereotype.Component;

/** Signs access tokens for the users of the warm-up, which end soon after it. */
@Component
final class WarmUpTokens {

  private static final Duration LIFETIME = Duration.ofMinutes(1);

  private final String secret;
  private final Clock clock;

  WarmUpTokens(GatewayProperties properties, Clock clock) {
    this.secret = properties.jwt().accessTokenSecret();
    this.clock = clock;
  }

  String sign(String userId) {
    try {
      JWTClaimsSet claims =
          new JWTClaimsSet.Builder()
              .subject(userId)
              .claim("scope", Caller.WARM_UP_SCOPE)
              .expirationTime(Date.from(clock.instant().plus(LIFETIME)))
              .build();
      SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
      token.sign(new MACSigner(secret.getBytes(StandardCharsets.UTF_8)));
      return token.serialize();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
