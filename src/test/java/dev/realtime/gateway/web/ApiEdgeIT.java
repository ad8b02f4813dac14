package dev.realtime.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.support.Gateways;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestGateway;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Who may call the HTTP side, and from which pages. */
@Timeout(60)
class ApiEdgeIT {

  private static final String ORIGIN = "https://app.example";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final TestGateway gateway =
      Gateways.shared("ALLOWED_ORIGINS=http://localhost:3000," + ORIGIN);

  @Test
  void namesAnAllowedOrigin() throws Exception {
    HttpResponse<String> answer = send(get("/livez").header("Origin", ORIGIN));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).contains(ORIGIN);
  }

  @Test
  void letsAnAllowedPageReadARefusal() throws Exception {
    HttpResponse<String> answer = send(get("/api/v1/chats").header("Origin", ORIGIN));

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).contains(ORIGIN);
  }

  @Test
  void answersThePreflightOfAnAllowedPage() throws Exception {
    HttpRequest.Builder preflight =
        get("/api/v1/chats")
            .method("OPTIONS", BodyPublishers.noBody())
            .header("Origin", ORIGIN)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type");

    HttpResponse<String> answer = send(preflight);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Access-Control-Allow-Methods").orElse(""))
        .contains("POST");
  }

  @Test
  void refusesAStrangeOrigin() throws Exception {
    HttpResponse<String> answer = send(get("/livez").header("Origin", "https://evil.example"));

    assertProblem(answer, 403, "forbidden");
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void needsAServiceToken() throws Exception {
    assertProblem(send(create("/api/v1/chats")), 401, "unauthorized");
    assertProblem(send(authorized("/api/v1/chats", "nonsense")), 401, "unauthorized");
    assertProblem(send(authorized("/api/v1/chats", TestGateway.token("alice"))), 403, "forbidden");
    assertProblem(
        send(
            authorized(
                "/api/v1/chats",
                TestGateway.token(
                    "b", Duration.ofMinutes(1), "gateway:admin", TestGateway.REFRESH_SECRET))),
        401,
        "unauthorized");
    assertThat(send(authorized("/api/v1/chats", TestGateway.serviceToken())).statusCode())
        .isEqualTo(201);
  }

  /** What the router takes for the same path must pass the same door. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api;a=b/v1/chats",
        "/%61pi/v1/chats",
        "/ap%69/v1/chats",
        "/api;/v1/chats",
        "//api/v1/chats",
        "/api//v1/chats",
        "/x/../api/v1/chats",
        "/./api/v1/chats",
        "/API/v1/chats"
      })
  void needsAServiceTokenHoweverThePathIsSpelt(String path) throws Exception {
    assertThat(send(create(path)).statusCode()).isIn(400, 401, 404);
  }

  /** The router would take it for the chat "a". */
  @Test
  void cutsNoIdAtASemicolon() throws Exception {
    String token = "Bearer " + TestGateway.serviceToken();
    HttpRequest.Builder delete = get("/api/v1/chats/a;b").DELETE().header("Authorization", token);

    assertProblem(send(delete), 400, "bad_request");
    assertThat(
            send(get("/api/v1/chats/a%3Bb").DELETE().header("Authorization", token)).statusCode())
        .isEqualTo(204);
  }

  @Test
  void answersNonsenseWithAProblem() throws Exception {
    try (LogCapture log = new LogCapture()) {
      String token = TestGateway.serviceToken();
      assertProblem(
          send(post("/api/v1/chats", "{").header("Authorization", "Bearer " + token)),
          400,
          "bad_request");
      assertProblem(
          send(post("/api/v1/chats", "[".repeat(3_000)).header("Authorization", "Bearer " + token)),
          400,
          "bad_request");
      assertProblem(
          send(
              post("/api/v1/chats", "\"" + "x".repeat(3 << 20) + "\"")
                  .header("Authorization", "Bearer " + token)),
          413,
          "too_large");
      assertProblem(send(get("/ws")), 400, "bad_request");
      assertThat(log.faults()).isEmpty();
    }
  }

  /** What the framework refuses by itself looks as what a call refuses. */
  @Test
  void answersWhatIsNoCallWithAProblem() throws Exception {
    String token = "Bearer " + TestGateway.serviceToken();

    assertProblem(send(get("/api/v1/none").header("Authorization", token)), 404, "not_found");
    assertProblem(send(get("/api/v1/chats").header("Authorization", token)), 404, "not_found");
    assertProblem(send(get("/none")), 404, "not_found");
    HttpRequest.Builder untyped =
        get("/api/v1/chats").POST(BodyPublishers.ofString("{}")).header("Authorization", token);
    assertProblem(send(untyped), 415, "unsupported_data");
    assertProblem(
        send(
            get("/api/v1/chats")
                .POST(BodyPublishers.noBody())
                .header("Content-Type", "application/json")
                .header("Authorization", token)),
        400,
        "bad_request");
    assertProblem(
        send(post("/api/v1/chats:import", "{}").header("Authorization", token)),
        415,
        "unsupported_data");
  }

  private static HttpRequest.Builder get(String path) {
    return HttpRequest.newBuilder(gateway.http(path)).timeout(Duration.ofSeconds(10));
  }

  private static HttpRequest.Builder post(String path, String body) {
    return get(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
  }

  private static HttpRequest.Builder create(String path) {
    return post(
        path,
        """
        {"id": "%s", "type": "group", "memberIds": ["alice"]}
        """
            .formatted(UUID.randomUUID()));
  }

  private static HttpRequest.Builder authorized(String path, String token) {
    return create(path).header("Authorization", "Bearer " + token);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  private static void assertProblem(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/problem+json");
    JsonNode problem = WireJson.mapper().readTree(answer.body());
    assertThat(problem.path("code").asString()).isEqualTo(code);
  }
}
