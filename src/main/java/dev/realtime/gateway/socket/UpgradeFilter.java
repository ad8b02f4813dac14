package dev.realtime.gateway.socket;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.http.Problem;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.security.TokenVerifier;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.store.Breaker;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/**
 * Checks an upgrade before there is a socket: its form, its origin, and its token if it brings one.
 * Refusals are problem+json.
 */
@Component
final class UpgradeFilter implements WebFilter, Ordered {

  static final String PATH = "/ws";

  static final String IDENTIFICATION = UpgradeFilter.class.getName() + ".identification";

  /** The path as the router matches it: another spelling of the path leads to the socket too. */
  private static final PathPattern WAY_IN = PathPatternParser.defaultInstance.parse(PATH);

  private final List<String> allowedOrigins;
  private final UpgradeCredentials credentials;
  private final TokenVerifier tokens;
  private final ConnectionRegistry connections;
  private final Breaker breaker;
  private final long most;

  UpgradeFilter(
      GatewayProperties properties,
      UpgradeCredentials credentials,
      TokenVerifier tokens,
      ConnectionRegistry connections,
      Breaker breaker) {
    this.allowedOrigins = properties.allowedOrigins();
    this.credentials = credentials;
    this.tokens = tokens;
    this.connections = connections;
    this.breaker = breaker;
    int asked = properties.limits().connections();
    this.most = asked == 0 ? OpenFiles.forSockets() : asked;
  }

  /** Runs before the CORS filter, whose refusals have no body. */
  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    ServerHttpRequest request = exchange.getRequest();
    if (!isWayIn(request)) {
      return chain.filter(exchange);
    }
    Handshake.Refusal malformed = Handshake.refusal(request);
    if (malformed != null) {
      return malformed.writeTo(exchange.getResponse());
    }
    try {
      checkServing();
      checkOrigin(request.getHeaders().getOrigin());
      exchange.getAttributes().put(IDENTIFICATION, identify(request));
    } catch (GatewayException refusal) {
      return Problem.of(refusal).writeTo(exchange.getResponse());
    }
    return chain.filter(exchange);
  }

  static boolean isWayIn(ServerHttpRequest request) {
    return WAY_IN.matches(request.getPath().pathWithinApplication());
  }

  private void checkServing() {
    if (connections.isDraining() || connections.all().size() >= most) {
      throw GatewayException.unavailable(breaker.retryAfter());
    }
  }

  /** Checks the origin, which only browsers send: other clients run no code of foreign pages. */
  private void checkOrigin(@Nullable String origin) {
    if (origin != null && !allowedOrigins.contains(origin)) {
      throw GatewayException.of(ErrorCode.FORBIDDEN, "This origin is not allowed.");
    }
  }

  private static @Nullable String deviceOf(ServerHttpRequest request) {
    String device = request.getQueryParams().getFirst("deviceId");
    return device == null ? null : Ids.check("deviceId", device);
  }

  /**
   * Verifies the token of an upgrade. A browser hides from its page why an upgrade was refused, and
   * the page would try again for ever; so the socket opens for a bad token of a page, and a frame
   * refuses it.
   */
  private Identification identify(ServerHttpRequest request) {
    String device = deviceOf(request);
    UpgradeCredentials.Credential credential = credentials.of(request);
    if (credential == null) {
      return new Identification(null, null, device);
    }
    try {
      return new Identification(tokens.verifyPerson(credential.token()), null, device);
    } catch (GatewayException refusal) {
      if (credential.fromPage()) {
        return new Identification(null, refusal, device);
      }
      throw refusal;
    }
  }
}
