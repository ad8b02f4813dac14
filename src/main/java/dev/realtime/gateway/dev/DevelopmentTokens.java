package dev.realtime.gateway.dev;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Mints access tokens, as the platform's own login would. */
public final class DevelopmentTokens {

  private static final Duration LIFETIME = Duration.ofHours(12);

  private final String secret;
  private final Clock clock;

  /** Creates a minter that signs with the secret of access tokens. */
  public DevelopmentTokens(String secret, Clock clock) {
    this.secret = secret;
    this.clock = clock;
  }

  /** Mints a token for half a day. */
  public DevelopmentToken mint(String userId) {
    return mint(userId, LIFETIME);
  }

  /** Mints a token for half a day with a scope: words, separated by spaces. */
  public DevelopmentToken mint(String userId, String scope) {
    return mint(userId, LIFETIME, scope);
  }

  /** Mints a token of any lifetime in whole seconds; the token may have expired already. */
  public DevelopmentToken mint(String userId, Duration lifetime) {
    return mint(userId, lifetime, null);
  }

  private DevelopmentToken mint(String userId, Duration lifetime, @Nullable String scope) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Instant expiresAt = now.plus(lifetime);
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .subject(userId)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(expiresAt))
            .jwtID(UUID.randomUUID().toString())
            .claim("scope", scope)
            .build();
    return new DevelopmentToken(sign(claims), expiresAt);
  }

  private String sign(JWTClaimsSet claims) {
    try {
      var token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
      token.sign(new MACSigner(secret.getBytes(StandardCharsets.UTF_8)));
      return token.serialize();
    } catch (JOSEException unsigned) {
      throw new IllegalStateException("Cannot sign a token", unsigned);
    }
  }
}
