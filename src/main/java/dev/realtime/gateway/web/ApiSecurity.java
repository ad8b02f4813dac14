package dev.realtime.gateway.web;

import dev.realtime.gateway.http.Problem;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.security.TokenVerifier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.RequestPath;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/**
 * The one rule of the server API: everything under {@code /api/} needs a service token. It also
 * refuses path parameters.
 */
@Component
final class ApiSecurity implements WebFilter, Ordered {

  /**
   * The pattern of the API's paths. It matches as the router does, so other spellings of a path
   * need a token too.
   */
  private static final PathPattern API = PathPatternParser.defaultInstance.parse("/api/**");

  private static final String BEARER = "Bearer ";

  /**
   * The refusal of path parameters: the router would cut an id at its semicolon, and the call would
   * concern another id.
   */
  private static final Problem PARAMETERS =
      Problem.of(
          GatewayException.of(
              ErrorCode.BAD_REQUEST, "A semicolon in a path must be encoded as %3B."));

  private final TokenVerifier tokens;

  ApiSecurity(TokenVerifier tokens) {
    this.tokens = tokens;
  }

  /** Returns an order after CORS, so that a browser can read the refusal. */
  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE + 20;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    if (!API.matches(exchange.getRequest().getPath().pathWithinApplication())) {
      return chain.filter(exchange);
    }
    try {
      check(exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION));
    } catch (GatewayException refusal) {
      return Problem.of(refusal).writeTo(exchange.getResponse());
    }
    return hasParameters(exchange.getRequest().getPath())
        ? PARAMETERS.writeTo(exchange.getResponse())
        : chain.filter(exchange);
  }

  private static boolean hasParameters(RequestPath path) {
    return path.elements().stream()
        .anyMatch(element ->
            element instanceof PathContainer.PathSegment segment
                && !segment.parameters().isEmpty());
  }

  private void check(@Nullable String header) {
    if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw GatewayException.of(ErrorCode.UNAUTHORIZED, "A service token is required.");
    }
    if (!tokens.verify(header.substring(BEARER.length()).trim()).isService()) {
      throw GatewayException.of(ErrorCode.FORBIDDEN, "The token lacks the scope gateway:admin.");
    }
  }
}
