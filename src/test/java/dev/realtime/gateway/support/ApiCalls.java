package dev.realtime.gateway.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.WireJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Calls of the server API as the platform's backend makes them. */
public final class ApiCalls {

  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String TYPE = "Content-Type";

  private final URI gateway;
  private final @Nullable String token;

  private ApiCalls(URI gateway, @Nullable String token) {
    this.gateway = gateway;
    this.token = token;
  }

  /** Calls with a service token. */
  public static ApiCalls to(TestGateway gateway) {
    return to(gateway.http(""));
  }

  /** Calls with a service token, to a gateway at this address that has the secrets of the tests. */
  public static ApiCalls to(URI gateway) {
    return new ApiCalls(gateway, TestGateway.serviceToken());
  }

  /** Calls with another token, or with none. */
  public ApiCalls as(@Nullable String other) {
    return new ApiCalls(gateway, other);
  }

  /** Calls with a service token, and a JSON body where there is one. */
  public static Answer call(
      TestGateway gateway, String method, String path, @Nullable String body) {
    return to(gateway).call(method, path, body);
  }

  /**
   * Calls and waits for the answer.
   *
   * @param path below the gateway's address, encoded
   * @param headers names and values in turn; JSON is the {@code Content-Type} unless they name one
   */
  public Answer call(String method, String path, @Nullable String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(gateway + path))
            .timeout(Duration.ofSeconds(50))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!List.of(headers).contains(TYPE)) {
      request.header(TYPE, "application/json");
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return send(request.build());
  }

  private static Answer send(HttpRequest request) {
    try {
      return new Answer(HTTP.send(request, BodyHandlers.ofString()));
    } catch (IOException failed) {
      throw new AssertionError(request.toString(), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupted);
    }
  }

  /** An answer. */
  public record Answer(HttpResponse<String> response) {

    public int status() {
      return response.statusCode();
    }

    /** The JSON of the body; a missing node where there is no body. */
    public JsonNode body() {
      return response.body().isEmpty()
          ? WireJson.mapper().missingNode()
          : WireJson.mapper().readTree(response.body());
    }

    /** Checks that it is a refusal as all of them are. */
    public void assertProblem(int status, String code, @Nullable String field) {
      assertThat(status()).as(response.body()).isEqualTo(status);
      assertThat(response.headers().firstValue(TYPE)).contains("application/problem+json");
      assertThat(body().get("code").asString()).isEqualTo(code);
      assertThat(body().get("status").asInt()).isEqualTo(status);
      assertThat(body().path("field").asString("")).isEqualTo(field == null ? "" : field);
      assertThat(response.body()).doesNotContain("Exception", "\tat ", "sql");
    }
  }
}
