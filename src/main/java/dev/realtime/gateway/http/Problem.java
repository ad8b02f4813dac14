package dev.realtime.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.WireJson;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * A refusal over HTTP: problem+json (RFC 9457) with the code and field of the socket's errors.
 *
 * @param retryAfterMs when to try again; null where that makes no sense
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
    String title,
    int status,
    String detail,
    ErrorCode code,
    @Nullable String field,
    @Nullable Long retryAfterMs) {

  private static final JsonMapper JSON = WireJson.mapper();

  /** Returns a refusal as a problem. */
  public static Problem of(GatewayException refusal) {
    HttpStatus status = statusOf(refusal.code());
    Duration after = refusal.retryAfter();
    return new Problem(
        status.getReasonPhrase(),
        status.value(),
        refusal.sentence(),
        refusal.code(),
        refusal.field(),
        after == null ? null : after.toMillis());
  }

  private static HttpStatus statusOf(ErrorCode code) {
    return switch (code) {
      case BAD_REQUEST, UNKNOWN_EVENT, DEVICE_MISMATCH -> HttpStatus.BAD_REQUEST;
      case UNAUTHORIZED, TOKEN_EXPIRED -> HttpStatus.UNAUTHORIZED;
      case FORBIDDEN, BANNED, MUTED -> HttpStatus.FORBIDDEN;
      case NOT_FOUND -> HttpStatus.NOT_FOUND;
      case CONFLICT -> HttpStatus.CONFLICT;
      case TOO_LARGE -> HttpStatus.CONTENT_TOO_LARGE;
      case UNSUPPORTED_DATA -> HttpStatus.UNSUPPORTED_MEDIA_TYPE;
      case RATE_LIMITED, SLOW_MODE, TOO_MANY_ROOMS -> HttpStatus.TOO_MANY_REQUESTS;
      case UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE;
      case INTERNAL -> HttpStatus.INTERNAL_SERVER_ERROR;
    };
  }

  /** Writes the problem as the whole response. */
  public Mono<Void> writeTo(ServerHttpResponse response) {
    response.setRawStatusCode(status);
    response.getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    if (retryAfterMs != null) {
      long seconds = Math.max(1, Math.ceilDiv(retryAfterMs, 1_000L));
      response.getHeaders().set(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
    }
    if (status == HttpStatus.UNAUTHORIZED.value()) {
      response.getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    byte[] body = JSON.writeValueAsBytes(this);
    return response.writeWith(Mono.just(response.bufferFactory().wrap(body)));
  }
}
