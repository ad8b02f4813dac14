package dev.realtime.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.security.TokenVerifier;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

class DevelopmentRoutesTest {

  private static final String SECRET = "a-secret-of-more-than-thirty-two-bytes";
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05.678Z");

  private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
  private final WebTestClient client =
      WebTestClient.bindToRouterFunction(
              new DevelopmentRoutes(new DevelopmentTokens(SECRET, clock)).routes())
          .build();

  private record Answer(String token, String expiresAt) {}

  @Test
  void mintsTokensTheGatewayAccepts() {
    Answer answer =
        Objects.requireNonNull(
            post("{\"userId\":\"carol\"}")
                .expectStatus()
                .isOk()
                .expectBody(Answer.class)
                .returnResult()
                .getResponseBody());

    assertThat(answer.expiresAt()).isEqualTo("2030-01-02T15:04:05.000Z");
    var caller = new TokenVerifier(SECRET, clock).verify(answer.token());
    assertThat(caller.userId()).isEqualTo("carol");
    assertThat(caller.expiresAt()).isEqualTo(Instant.parse(answer.expiresAt()));
    assertThat(caller.tokenId()).isNotBlank();
    assertThat(caller.isService()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"userId\":null}",
        "{\"userId\":\"\"}",
        "{\"userId\":\"a\\nb\"}",
        "[]",
        "no json",
        "{\"userId\":{}}"
      })
  void refusesWhatIsNoUser(String body) {
    post(body)
        .expectStatus()
        .isBadRequest()
        .expectHeader()
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .expectBody()
        .jsonPath("$.code")
        .isEqualTo("bad_request")
        .jsonPath("$.field")
        .isEqualTo("userId")
        .jsonPath("$.status")
        .isEqualTo(400);
  }

  @Test
  void refusesAnOverlongUser() {
    post("{\"userId\":\"" + "x".repeat(128) + "\"}").expectStatus().isOk();
    post("{\"userId\":\"" + "x".repeat(129) + "\"}").expectStatus().isBadRequest();
  }

  @Test
  void mintsServiceTokens() {
    Answer answer =
        Objects.requireNonNull(
            post("{\"userId\":\"platform\",\"scope\":\"gateway:admin other\"}")
                .expectStatus()
                .isOk()
                .expectBody(Answer.class)
                .returnResult()
                .getResponseBody());

    var caller = new TokenVerifier(SECRET, clock).verify(answer.token());
    assertThat(caller.isService()).isTrue();
    assertThat(caller.scopes()).containsExactlyInAnyOrder("gateway:admin", "other");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"\"", "\" \"", "\"a  b\"", "\"a\\nb\"", "\"ä\"", "{}", "[\"a\"]"})
  void refusesWhatIsNoScope(String scope) {
    post("{\"userId\":\"platform\",\"scope\":" + scope + "}")
        .expectStatus()
        .isBadRequest()
        .expectBody()
        .jsonPath("$.code")
        .isEqualTo("bad_request")
        .jsonPath("$.field")
        .isEqualTo("scope");
  }

  @Test
  void servesAPageToPlayWith() {
    client.get().uri("/").exchange().expectStatus().isOk().expectHeader().contentType("text/html");
    client.get().uri("/other").exchange().expectStatus().isNotFound();
  }

  private WebTestClient.ResponseSpec post(String body) {
    return client
        .post()
        .uri("/dev/token")
        .contentType(MediaType.APPLICATION_JSON)
        .bodyValue(body)
        .exchange();
  }
}
