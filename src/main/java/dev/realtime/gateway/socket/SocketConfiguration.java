package dev.realtime.gateway.socket;

import dev.realtime.gateway.config.GatewayProperties;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.reactive.socket.server.support.WebSocketHandlerAdapter;

@Configuration(proxyBeanMethods = false)
class SocketConfiguration {

  @Bean
  HandlerMapping socketMapping(GatewayWebSocketHandler handler) {
    return new SimpleUrlHandlerMapping(
        Map.of(UpgradeFilter.PATH, handler), Ordered.HIGHEST_PRECEDENCE);
  }

  @Bean
  WebSocketHandlerAdapter webSocketHandlerAdapter(GatewayProperties properties) {
    return new WebSocketHandlerAdapter(
        new HandshakeWebSocketService(new EdgeUpgradeStrategy(properties.limits().frameBytes())));
  }
}
