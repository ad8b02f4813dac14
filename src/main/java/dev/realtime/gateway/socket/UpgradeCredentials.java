package dev.realtime.gateway.socket;

import dev.realtime.gateway.config.GatewayProperties;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;

/** Finds the token of an upgrade request; section 3 of the protocol gives the order. */
@Component
final class UpgradeCredentials {

  private static final String BEARER = "Bearer ";
  private static final String BEARER_PROTOCOL = "bearer.";

  /**
   * A token.
   *
   * @param fromPage whether it comes the way that only pages in browsers need
   */
  record Credential(String token, boolean fromPage) {}

  private final boolean tokenInQuery;

  UpgradeCredentials(GatewayProperties properties) {
    tokenInQuery = properties.tokenInQuery();
  }

  /** The token, or null when the upgrade has none and the first frame must bring it. */
  @Nullable Credential of(ServerHttpRequest request) {
    String inHeader = inHeader(request);
    if (inHeader != null) {
      return new Credential(inHeader, false);
    }
    String inSubprotocol = inSubprotocol(request);
    if (inSubprotocol != null) {
      return new Credential(inSubprotocol, true);
    }
    String inQuery = inQuery(request);
    return inQuery == null ? null : new Credential(inQuery, false);
  }

  private static @Nullable String inHeader(ServerHttpRequest request) {
    String header = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
    return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? header.substring(BEARER.length()).trim()
        : null;
  }

  private static @Nullable String inSubprotocol(ServerHttpRequest request) {
    return Handshake.protocols(request.getHeaders())
        .filter(protocol -> protocol.startsWith(BEARER_PROTOCOL))
        .map(protocol -> protocol.substring(BEARER_PROTOCOL.length()))
        .findFirst()
        .orElse(null);
  }

  private @Nullable String inQuery(ServerHttpRequest request) {
    return tokenInQuery ? request.getQueryParams().getFirst("token") : null;
  }
}
