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
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Calls of the server API as the platform's backend makes them. */
public final class ApiCalls {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private ApiCalls() {}

  /** An answer. */
  public record Answer(HttpResponse<String> response) {

    public int status() {
      return response.statusCode();
    }

    public JsonNode body() {
      return WireJson.mapper().readTree(response.body());
    }

    /** Checks that it is a refusal as all of them are. */
    public void assertProblem(int status, String code, @Nullable String field) {
      assertThat(status()).as(response.body()).isEqualTo(status);
      assertThat(response.headers().firstValue("Content-Type"))
          .contains("application/problem+json");
      assertThat(body().get("code").asString()).isEqualTo(code);
      assertThat(body().get("status").asInt()).isEqualTo(status);
      assertThat(body().path("field").asString("")).isEqualTo(field == null ? "" : field);
    }
  }

  /** With a service token, and a JSON body where there is one. */
  public static Answer call(
      TestGateway gateway, String method, String path, @Nullable String body) {
    return call(gateway, method, path, "application/json", TestGateway.serviceToken(), body);
  }

  /**
   * With anything.
   *
   * @param path below the gateway's address, encoded
   */
  public static Answer call(
      TestGateway gateway,
      String method,
      String path,
      @Nullable String contentType,
      @Nullable String token,
      @Nullable String body) {
    return call(gateway, method, path, contentType, token, body, null);
  }

  /** With anything, and an {@code Idempotency-Key}. */
  public static Answer call(
      TestGateway gateway,
      String method,
      String path,
      @Nullable String contentType,
      @Nullable String token,
      @Nullable String body,
      @Nullable String key) {
    URI uri = gateway.http(path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(50))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (contentType != null) {
      request.header("Content-Type", contentType);
    }
    if (key != null) {
      request.header("Idempotency-Key", key);
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      return new Answer(HTTP.send(request.build(), BodyHandlers.ofString()));
    } catch (IOException failed) {
      throw new AssertionError(method + " " + path, failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupted);
    }
  }
}
