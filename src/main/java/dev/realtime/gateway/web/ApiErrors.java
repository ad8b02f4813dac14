package dev.realtime.gateway.web;

import dev.realtime.gateway.http.Problem;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Failures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebInputException;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;

/** The one place that turns every failure of the HTTP side into problem+json. */
@Component
@Order(-2) // before Boot's own, which would answer first
final class ApiErrors implements WebExceptionHandler {

  private static final Logger log = LoggerFactory.getLogger(ApiErrors.class);

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
    if (exchange.getResponse().isCommitted()) {
      return Mono.error(failure);
    }
    return Problem.of(refusal(exchange, failure)).writeTo(exchange.getResponse());
  }

  private static GatewayException refusal(ServerWebExchange exchange, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case GatewayException refusal -> {
          return refusal;
        }
        case JacksonException misfit when failure instanceof ServerWebInputException -> {
          return WireJson.refusal(misfit);
        }
        case DataBufferLimitException _ -> {
          return GatewayException.of(ErrorCode.TOO_LARGE);
        }
        default -> {}
      }
    }
    if (failure instanceof ErrorResponse response && response.getStatusCode().is4xxClientError()) {
      return ofStatus(response);
    }
    GatewayException unavailable = Failures.refusal(failure);
    if (unavailable != null) {
      log.warn("{} failed: {}", exchange.getRequest().getPath(), failure.toString());
      return unavailable;
    }
    log.error("{} failed", exchange.getRequest().getPath(), failure);
    return GatewayException.of(ErrorCode.INTERNAL);
  }

  private static GatewayException ofStatus(ErrorResponse response) {
    return switch (response.getStatusCode().value()) {
      case 404, 405 -> GatewayException.of(ErrorCode.NOT_FOUND, "There is no such call.");
      case 413 -> GatewayException.of(ErrorCode.TOO_LARGE);
      case 415 ->
          GatewayException.of(
              ErrorCode.UNSUPPORTED_DATA, "The call does not accept this Content-Type.");
      default -> GatewayException.of(ErrorCode.BAD_REQUEST);
    };
  }
}
