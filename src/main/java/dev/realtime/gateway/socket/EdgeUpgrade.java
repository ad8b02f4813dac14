package dev.realtime.gateway.socket;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;

/**
 * Upgrades on Reactor Netty to an {@link EdgeSession} what has passed the {@link UpgradeFilter},
 * and lets go of the handshake's headers, which would otherwise stay in memory as long as the
 * socket.
 */
final class EdgeUpgrade implements WebSocketService {

  private final int maxMessage;

  EdgeUpgrade(int maxMessage) {
    this.maxMessage = maxMessage;
  }

  @Override
  public Mono<Void> handleRequest(ServerWebExchange exchange, WebSocketHandler handler) {
    ServerHttpResponse response = exchange.getResponse();
    HttpServerRequest request = ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
    HttpServerResponse upgraded = ServerHttpResponseDecorator.getNativeResponse(response);
    NettyDataBufferFactory buffers = (NettyDataBufferFactory) response.bufferFactory();
    Identification identification =
        exchange.getAttributeOrDefault(UpgradeFilter.IDENTIFICATION, Identification.NONE);
    String protocol = chosenProtocol(exchange, handler);
    return response
        .setComplete()
        .then(
            Mono.defer(() -> {
              Handshake.normalize(request.requestHeaders(), protocol);
              return upgraded.sendWebsocket(
                  (inbound, outbound) -> {
                    request.requestHeaders().clear();
                    upgraded.responseHeaders().clear();
                    return handler.handle(
                        new EdgeSession(inbound, outbound, buffers, maxMessage, identification));
                  },
                  spec(protocol));
            }));
  }

  /** The first of the client's that the handler speaks; null for none. */
  private static @Nullable String chosenProtocol(
      ServerWebExchange exchange, WebSocketHandler handler) {
    return Handshake.protocols(exchange.getRequest().getHeaders())
        .filter(handler.getSubProtocols()::contains)
        .findFirst()
        .orElse(null);
  }

  private WebsocketServerSpec spec(@Nullable String subProtocol) {
    WebsocketServerSpec.Builder spec =
        // Pings are handed on: answered here they would be answered without end to a client that
        // reads no answer.
        WebsocketServerSpec.builder().maxFramePayloadLength(maxMessage).handlePing(true);
    if (subProtocol != null) {
      spec.protocols(subProtocol);
    }
    return spec.build();
  }
}
