package dev.realtime.gateway.security;

import static dev.realtime.gateway.security.SignedClaims.SECRET;
import static dev.realtime.gateway.security.SignedClaims.base64;
import static dev.realtime.gateway.security.SignedClaims.claims;
import static dev.realtime.gateway.security.SignedClaims.sign;
import static dev.realtime.gateway.security.SignedClaims.signed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenVerifierTest {

  private static final String REFRESH_SECRET = "refresh-secret-of-more-than-32-bytes-in-length";
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05Z");
  private static final long SECOND = NOW.getEpochSecond();

  private final TokenVerifier verifier =
      new TokenVerifier(SECRET, Clock.fixed(NOW, ZoneOffset.UTC));

  @Test
  void readsEverythingTheTokenSays() {
    Caller caller =
        verifier.verify(
            signed(
                """
                {"sub":"alice","exp":%d,"iat":%d,"nbf":%d,"jti":"t-1","scope":"a  gateway:admin"}\
                """
                    .formatted(SECOND + 60, SECOND, SECOND)));

    assertThat(caller)
        .isEqualTo(
            new Caller("alice", NOW.plusSeconds(60), "t-1", Set.of("a", Caller.ADMIN_SCOPE)));
    assertThat(caller.isService()).isTrue();
  }

  @Test
  void needsNoMoreThanSubjectAndExpiry() {
    assertThat(verifier.verify(signed(claims("alice", SECOND + 1))))
        .isEqualTo(new Caller("alice", NOW.plusSeconds(1), null, Set.of()));
  }

  @Test
  void permitsNoSkewAtTheExpiry() {
    assertRefused(ErrorCode.TOKEN_EXPIRED, signed(claims("alice", SECOND)));
    assertRefused(ErrorCode.TOKEN_EXPIRED, signed(claims("alice", SECOND - 1)));
  }

  @Test
  void requiresAnExpiry() {
    assertUnauthorized(signed("{\"sub\":\"alice\"}"));
    assertUnauthorized(signed("{\"sub\":\"alice\",\"exp\":null}"));
    assertUnauthorized(signed("{\"sub\":\"alice\",\"exp\":\"tomorrow\"}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nbf", "iat"})
  void permitsThirtySecondsOfSkewAtTheBeginning(String claim) {
    String template = "{\"sub\":\"alice\",\"exp\":%d,\"%s\":%d}";

    assertThat(
            verifier.verify(signed(template.formatted(SECOND + 60, claim, SECOND + 30))).userId())
        .isEqualTo("alice");
    assertUnauthorized(signed(template.formatted(SECOND + 60, claim, SECOND + 31)));
  }

  @Test
  void saysExpiredOnlyOfTokensItWouldElseBelieve() {
    assertUnauthorized(signed(REFRESH_SECRET, claims("alice", SECOND - 1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\"",
        "null",
        "17",
        "[\"a\"]",
        "\"a\\u0000\"",
        "\"a\\nb\"",
        "\"\\u0085\"",
        "\"\\ud800\""
      })
  void refusesSubjectsThatAreNotIds(String subject) {
    assertUnauthorized(signed("{\"sub\":%s,\"exp\":%d}".formatted(subject, SECOND + 60)));
  }

  @Test
  void boundsTheSubject() {
    assertThat(verifier.verify(signed(claims("x".repeat(128), SECOND + 60))).userId()).hasSize(128);
    assertUnauthorized(signed(claims("x".repeat(129), SECOND + 60)));
    assertUnauthorized(signed("{\"exp\":%d}".formatted(SECOND + 60)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"jti\":17", "\"scope\":[\"a\"]", "\"scope\":1", "\"nbf\":\"now\""})
  void refusesClaimsOfAnotherType(String claim) {
    assertUnauthorized(signed("{\"sub\":\"alice\",\"exp\":%d,%s}".formatted(SECOND + 60, claim)));
  }

  @Test
  void refusesRefreshTokens() {
    assertUnauthorized(signed(REFRESH_SECRET, claims("alice", SECOND + 60)));
  }

  @Test
  void refusesTamperedParts() {
    String[] parts = signed(claims("alice", SECOND + 60)).split("\\.", -1);
    String forged = base64(claims("mallory", SECOND + 60));

    assertUnauthorized(parts[0] + "." + forged + "." + parts[2]);
    assertUnauthorized(parts[0] + "." + parts[1] + "." + flipFirst(parts[2]));
    assertUnauthorized(parts[0] + "." + parts[1] + ".");
    assertUnauthorized(parts[0] + "." + parts[1]);
  }

  @Test
  void refusesUnsignedTokens() {
    String claims = base64(claims("alice", SECOND + 60));
    assertUnauthorized(base64("{\"alg\":\"none\"}") + "." + claims + ".");
    assertUnauthorized(base64("{\"alg\":\"None\"}") + "." + claims + ".");
    assertUnauthorized(base64("{}") + "." + claims + ".");
  }

  @Test
  void refusesOtherAlgorithms() throws JOSEException, NoSuchAlgorithmException {
    String claims = claims("alice", SECOND + 60);
    String longSecret = SECRET + SECRET;
    var longVerifier = new TokenVerifier(longSecret, Clock.fixed(NOW, ZoneOffset.UTC));
    byte[] key = longSecret.getBytes(StandardCharsets.UTF_8);
    JWSSigner rsa =
        new RSASSASigner(KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate());

    assertUnauthorized(longVerifier, sign(JWSAlgorithm.HS384, new MACSigner(key), claims));
    assertUnauthorized(longVerifier, sign(JWSAlgorithm.HS512, new MACSigner(key), claims));
    assertUnauthorized(longVerifier, sign(JWSAlgorithm.RS256, rsa, claims));
    assertThat(longVerifier.verify(signed(longSecret, claims)).userId()).isEqualTo("alice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":true}",
        "{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}",
        "{\"alg\":\"HS256\",\"crit\":[]}"
      })
  void refusesCriticalHeaders(String header) throws JOSEException {
    String input = base64(header) + "." + base64(claims("alice", SECOND + 60));
    JWSHeader plain = new JWSHeader(JWSAlgorithm.HS256);
    byte[] key = SECRET.getBytes(StandardCharsets.UTF_8);
    String mac =
        new MACSigner(key).sign(plain, input.getBytes(StandardCharsets.US_ASCII)).toString();

    assertUnauthorized(input + "." + mac);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b.c.d",
        "a.b.c.d.e",
        "Bearer x",
        "\u0000",
        "e30.e30.e30",
        "bnVsbA.bnVsbA.bnVsbA",
        "W10.W10.W10",
        "😀.😀.😀"
      })
  void refusesGarbage(String token) {
    assertUnauthorized(token);
  }

  @Test
  void refusesWhatIsSignedButNoClaims() {
    assertUnauthorized(signed("[]"));
    assertUnauthorized(signed("null"));
    assertUnauthorized(signed("not json"));
    assertUnauthorized(signed("[".repeat(3000)));
    assertUnauthorized(signed("{\"a\":".repeat(800)));
  }

  @Test
  void refusesOverlongTokensUnread() {
    String claims = "{\"sub\":\"alice\",\"exp\":%d,\"pad\":\"%s\"}";
    String fits = signed(claims.formatted(SECOND + 60, "x".repeat(5_900)));
    String over = signed(claims.formatted(SECOND + 60, "x".repeat(6_200)));

    assertThat(fits).hasSizeLessThan(TokenVerifier.LONGEST_TOKEN);
    assertThat(verifier.verify(fits).userId()).isEqualTo("alice");
    assertUnauthorized(over);
    assertUnauthorized("x".repeat(1_000_000));
  }

  @Test
  void refusesEveryMutationWithoutAnotherError() {
    byte[] token = signed(claims("alice", SECOND + 60)).getBytes(StandardCharsets.ISO_8859_1);
    var random = new Random(1);
    for (int round = 0; round < 5_000; round++) {
      byte[] mutant = token.clone();
      // The last character of a signature has bits that mean nothing; it is left alone.
      mutant[random.nextInt(token.length - 1)] = (byte) random.nextInt(128);
      if (!Arrays.equals(mutant, token)) {
        assertUnauthorized(new String(mutant, StandardCharsets.ISO_8859_1));
      }
    }
  }

  @Test
  void serves200CallersAtOnce() throws InterruptedException, ExecutionException {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var calls =
          IntStream.range(0, 200)
              .<Callable<String>>mapToObj(
                  i -> () -> verifier.verify(signed(claims("user-" + i, SECOND + 60))).userId())
              .toList();
      var results = threads.invokeAll(calls);
      for (int i = 0; i < 200; i++) {
        assertThat(results.get(i).get()).isEqualTo("user-" + i);
      }
    }
  }

  @Test
  void refusesAWeakSecret() {
    assertThatThrownBy(() -> new TokenVerifier("x".repeat(31), Clock.systemUTC()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void assertUnauthorized(String token) {
    assertUnauthorized(verifier, token);
  }

  private static void assertUnauthorized(TokenVerifier verifier, String token) {
    Throwable thrown = catchThrowable(() -> verifier.verify(token));
    assertThat(thrown).as(token).isInstanceOf(GatewayException.class);
    assertThat(((GatewayException) thrown).code()).as(token).isEqualTo(ErrorCode.UNAUTHORIZED);
  }

  private void assertRefused(ErrorCode code, String token) {
    Throwable thrown = catchThrowable(() -> verifier.verify(token));
    assertThat(thrown).isInstanceOf(GatewayException.class);
    assertThat(((GatewayException) thrown).code()).isEqualTo(code);
  }

  private static String flipFirst(String text) {
    return (text.startsWith("A") ? "B" : "A") + text.substring(1);
  }
}
