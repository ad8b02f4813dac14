package dev.realtime.gateway.dev;

import dev.realtime.gateway.chat.ChatCreation;
import dev.realtime.gateway.config.GatewayProperties;
import java.time.Clock;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * The beans of development. It has no annotation that component scanning finds, so that only an
 * application that names it, as {@link DevelopmentGateway} does, has these beans.
 */
public final class DevelopmentParts {

  @Bean
  DevelopmentTokens developmentTokens(GatewayProperties properties, Clock clock) {
    return new DevelopmentTokens(properties.jwt().accessTokenSecret(), clock);
  }

  @Bean
  RouterFunction<ServerResponse> developmentRoutes(DevelopmentTokens tokens) {
    return new DevelopmentRoutes(tokens).routes();
  }

  @Bean
  ApplicationRunner demoChat(ChatCreation creation) {
    return new DemoChat(creation);
  }

  @Bean
  DevelopmentBanner developmentBanner(DevelopmentTokens tokens, Environment environment) {
    return new DevelopmentBanner(tokens, environment);
  }
}
