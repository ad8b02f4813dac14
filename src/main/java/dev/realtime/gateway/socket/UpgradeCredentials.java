package dev.realtime.gateway.socket;

import dev.realtime.gateway.config.GatewayProperties;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;

/** Finds the token of an upgrade request; section 3 of the protocol gives the order. */
@Component
final class UpgradeCredentials {

  private static final String BEARER = "Bearer ";
  private static final String BEARER_PROTOCOL = "bearer.";

  private final boolean tokenInQuery;

  UpgradeCredentials(GatewayProperties properties) {
    tokenInQuery = properties.tokenInQuery();
  }

  /** The token, or null when the upgrade has none and the first frame must bring it. */
  @Nullable String tokenOf(ServerHttpRequest request) {
    return Stream.of(inHeader(request), inSubprotocol(request), inQuery(request))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String inHeader(ServerHttpRequest request) {
    String header = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
    return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? header.substring(BEARER.length()).trim()
        : null;
  }

  private static @Nullable String inSubprotocol(ServerHttpRequest request) {
    List<String> headers = request.getHeaders().getOrEmpty("Sec-WebSocket-Protocol");
    return headers.stream()
        .flatMap(header -> Stream.of(header.split(",")))
        .map(String::trim)
        .filter(protocol -> protocol.startsWith(BEARER_PROTOCOL))
        .map(protocol -> protocol.substring(BEARER_PROTOCOL.length()))
        .findFirst()
        .orElse(null);
  }

  private @Nullable String inQuery(ServerHttpRequest request) {
    return tokenInQuery ? request.getQueryParams().getFirst("token") : null;
  }
}
