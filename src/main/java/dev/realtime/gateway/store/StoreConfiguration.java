package dev.realtime.gateway.store;

import dev.realtime.gateway.config.GatewayProperties;
import io.micrometer.core.instrument.MeterRegistry;
import io.r2dbc.spi.ConnectionFactoryOptions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.netty.resources.LoopResources;

@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

  @Bean
  Database database(
      ConnectionFactoryOptions options,
      LoopResources loops,
      GatewayProperties properties,
      MeterRegistry meters) {
    return new Database(options, loops, properties.database().poolSize(), meters);
  }
}
