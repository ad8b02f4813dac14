package dev.realtime.gateway.web;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.http.Problem;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.WireJson;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsUtils;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.cors.reactive.UrlBasedCorsConfigurationSource;
import org.springframework.web.server.WebFilter;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
final class WebConfiguration {

  /** Returns the mapper with which the server API reads and writes JSON as the socket does. */
  @Bean
  JsonMapper jsonMapper() {
    return WireJson.soundTextMapper();
  }

  /**
   * Lets the origins that may open a socket also call the HTTP side. The filter runs after the
   * upgrade's own check, which gives a reason for its refusals, and before the server API's, so
   * that a page can read its refusals.
   */
  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE + 10)
  WebFilter corsFilter(GatewayProperties properties) {
    CorsConfiguration cors = new CorsConfiguration();
    cors.setAllowedOrigins(properties.allowedOrigins());
    cors.setAllowedMethods(List.of("GET", "POST", "PUT", "PATCH", "DELETE"));
    cors.setAllowedHeaders(
        List.of(HttpHeaders.AUTHORIZATION, HttpHeaders.CONTENT_TYPE, "Idempotency-Key"));
    UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
    source.registerCorsConfiguration("/**", cors);
    CorsWebFilter filter = new CorsWebFilter(source);
    return (exchange, chain) ->
        isStranger(exchange.getRequest(), cors)
            ? Problem.of(
                    GatewayException.of(
                        ErrorCode.FORBIDDEN, "This origin may not use the server API."))
                .writeTo(exchange.getResponse())
            : filter.filter(exchange, chain);
  }

  /** Returns whether an origin is not allowed; CorsWebFilter would refuse it without a body. */
  private static boolean isStranger(ServerHttpRequest request, CorsConfiguration cors) {
    return CorsUtils.isCorsRequest(request)
        && cors.checkOrigin(request.getHeaders().getOrigin()) == null;
  }
}
