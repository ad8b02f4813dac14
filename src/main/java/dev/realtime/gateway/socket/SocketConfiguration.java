package dev.realtime.gateway.socket;

import dev.realtime.gateway.config.GatewayProperties;
import io.micrometer.observation.ObservationPredicate;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.server.support.WebSocketHandlerAdapter;

@Configuration(proxyBeanMethods = false)
final class SocketConfiguration {

  @Bean
  HandlerMapping socketMapping(GatewayWebSocketHandler handler) {
    return new SimpleUrlHandlerMapping(
        Map.of(UpgradeFilter.PATH, handler), Ordered.HIGHEST_PRECEDENCE);
  }

  /**
   * An upgrade is not observed as a request: what belongs to it would stay in memory as long as the
   * socket, and connections have a metric of their own.
   */
  @Bean
  ObservationPredicate upgradesAreNotRequests() {
    return (_, context) -> {
      ServerHttpRequest request =
          context instanceof ServerRequestObservationContext observed
              ? observed.getCarrier()
              : null;
      return request == null || !UpgradeFilter.isWayIn(request);
    };
  }

  @Bean
  WebSocketHandlerAdapter webSocketHandlerAdapter(GatewayProperties properties) {
    return new WebSocketHandlerAdapter(new EdgeUpgrade(properties.limits().frameBytes()));
  }
}
