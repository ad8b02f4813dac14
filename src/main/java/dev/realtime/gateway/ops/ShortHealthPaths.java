package dev.realtime.gateway.ops;

import java.util.Map;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Serves the probes also as {@code /health/liveness} and {@code /health/readiness}, on the main
 * port even if {@code MANAGEMENT_PORT} moves the rest. The framework's own additional paths have a
 * single segment.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ShortHealthPaths implements WebFilter {

  private static final Map<String, String> PATHS =
      Map.of("/health/liveness", "/livez", "/health/readiness", "/readyz");

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    ServerHttpRequest request = exchange.getRequest();
    String path = PATHS.get(request.getPath().value());
    return chain.filter(
        path == null
            ? exchange
            : exchange.mutate().request(request.mutate().path(path).build()).build());
  }
}
