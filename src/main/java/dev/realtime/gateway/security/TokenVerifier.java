package dev.realtime.gateway.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Verifies an access token, a JWS signed with HS256 and the access secret, and returns its caller.
 *
 * <p>Thread-safe, and free of input and output, so it may run on an event loop. The constructor
 * prepares the key once.
 */
@Component
public final class TokenVerifier {

  /** The longest token that the verifier accepts, in characters. */
  public static final int LONGEST_TOKEN = 8 * 1024;

  private static final Duration SKEW = Duration.ofSeconds(30);

  private final JWSVerifier signature;
  private final Clock clock;

  @Autowired
  TokenVerifier(GatewayProperties properties, Clock clock) {
    this(properties.jwt().accessTokenSecret(), clock);
  }

  /**
   * Creates a verifier of tokens signed with one secret.
   *
   * @throws IllegalArgumentException if the secret has fewer than 32 bytes
   */
  public TokenVerifier(String secret, Clock clock) {
    this.signature = verifierFor(secret);
    this.clock = clock;
  }

  private static JWSVerifier verifierFor(String secret) {
    try {
      return new MACVerifier(secret.getBytes(StandardCharsets.UTF_8));
    } catch (JOSEException weak) {
      throw new IllegalArgumentException("The secret needs at least 32 bytes.", weak);
    }
  }

  /**
   * Returns the caller that an access token names.
   *
   * @throws GatewayException {@code token_expired} if the token has expired, {@code unauthorized}
   *     if anything else is wrong with it
   */
  public Caller verify(String token) {
    if (token.length() > LONGEST_TOKEN) {
      throw unauthorized("The token is too long.");
    }
    if (!hasOnlyTokenCharacters(token)) {
      throw unauthorized("The token is malformed.");
    }
    JWSObject jws = parse(token);
    requireSignature(jws);
    return callerOf(claimsOf(jws));
  }

  /**
   * Returns the person that an access token names, as {@link #verify} does. A service token speaks
   * for the platform and is {@code unauthorized}: it opens no socket.
   */
  public Caller verifyPerson(String token) {
    Caller caller = verify(token);
    if (caller.isService()) {
      throw unauthorized("A service token cannot open a socket.");
    }
    return caller;
  }

  // The library's decoder accepts other spellings of the same bytes; a token has one spelling.
  private static boolean hasOnlyTokenCharacters(String token) {
    for (int i = 0; i < token.length(); i++) {
      if (!isTokenCharacter(token.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isTokenCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || c == '.';
  }

  // The library's JSON reader also throws unchecked exceptions, such as NullPointerException at the
  // literal null; for a client's text they all mean that the token is malformed.
  private static JWSObject parse(String token) {
    try {
      return JWSObject.parse(token);
    } catch (ParseException | RuntimeException malformed) {
      throw unauthorized("The token is malformed.");
    }
  }

  private static JWTClaimsSet claimsOf(JWSObject jws) {
    try {
      Map<String, Object> claims = jws.getPayload().toJSONObject();
      if (claims != null && claims.get("sub") instanceof String) {
        return JWTClaimsSet.parse(claims);
      }
    } catch (ParseException | RuntimeException malformed) {
      throw unauthorized("The token's claims are malformed.");
    }
    throw unauthorized("The token must have the user's id in sub.");
  }

  private void requireSignature(JWSObject jws) {
    JWSHeader header = jws.getHeader();
    if (!JWSAlgorithm.HS256.equals(header.getAlgorithm())) {
      throw unauthorized("The token must be signed with HS256.");
    }
    // RFC 7515, 4.1.11: a verifier must refuse critical extensions that it does not support; we
    // support none.
    if (header.getCriticalParams() != null || !header.isBase64URLEncodePayload()) {
      throw unauthorized("The token requires extensions that are not supported.");
    }
    if (!isSigned(jws)) {
      throw unauthorized("The token's signature is wrong.");
    }
  }

  private boolean isSigned(JWSObject jws) {
    try {
      return jws.verify(signature);
    } catch (JOSEException unsupported) {
      return false;
    }
  }

  private Caller callerOf(JWTClaimsSet claims) {
    Instant now = clock.instant();
    Instant expiresAt = requireUnexpired(claims.getExpirationTime(), now);
    requirePast(claims.getNotBeforeTime(), now, "The token is not valid yet.");
    requirePast(claims.getIssueTime(), now, "The token was issued in the future.");
    String userId = claims.getSubject();
    if (userId == null || !Ids.isValid(userId)) {
      throw unauthorized("The token's sub must have 1 to 128 characters, no control characters.");
    }
    Set<String> scopes = scopesOf(claims.getClaim("scope"));
    if (userId.startsWith(Ids.WARM_UP) && !scopes.contains(Caller.WARM_UP_SCOPE)) {
      throw unauthorized("The token's sub must not begin with " + Ids.WARM_UP + ".");
    }
    return new Caller(userId, expiresAt, claims.getJWTID(), scopes);
  }

  private static Instant requireUnexpired(@Nullable Date expiry, Instant now) {
    if (expiry == null) {
      throw unauthorized("The token must have an exp claim.");
    }
    Instant expiresAt = expiry.toInstant();
    if (!expiresAt.isAfter(now)) {
      throw GatewayException.of(ErrorCode.TOKEN_EXPIRED);
    }
    return expiresAt;
  }

  private static void requirePast(@Nullable Date moment, Instant now, String otherwise) {
    if (moment != null && moment.toInstant().isAfter(now.plus(SKEW))) {
      throw unauthorized(otherwise);
    }
  }

  private static Set<String> scopesOf(@Nullable Object claim) {
    return switch (claim) {
      case null -> Set.of();
      case String scopes when scopes.isBlank() -> Set.of();
      case String scopes -> Set.copyOf(List.of(scopes.strip().split(" +", -1)));
      default -> throw unauthorized("The token's scope must be a string.");
    };
  }

  private static GatewayException unauthorized(String sentence) {
    return GatewayException.of(ErrorCode.UNAUTHORIZED, sentence);
  }
}
