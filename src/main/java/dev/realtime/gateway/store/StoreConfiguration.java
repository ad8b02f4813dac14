package dev.realtime.gateway.store;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.store.Database.Purpose;
import io.micrometer.core.instrument.MeterRegistry;
import io.r2dbc.spi.ConnectionFactoryOptions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.netty.resources.LoopResources;

@Configuration(proxyBeanMethods = false)
final class StoreConfiguration {

  private static final int WAITING_FOR_ROWS = 10_000;

  /**
   * Bounds the work that waits for a locked row while it holds a connection: what changes may use
   * of the pool. All else waits here, where it has its turn by row.
   */
  @Bean
  Bulkhead rowBulkhead(GatewayProperties properties) {
    return new Bulkhead(
        "waits for rows", Purpose.CHANGES.most(properties.database().poolSize()), WAITING_FOR_ROWS);
  }

  @Bean
  Database database(
      ConnectionFactoryOptions options,
      LoopResources loops,
      GatewayProperties properties,
      MeterRegistry meters) {
    return new Database(options, loops, properties.database().poolSize(), meters);
  }

  /** Ends with the database, whose part it is. */
  @Bean(destroyMethod = "")
  Breaker breaker(Database database) {
    Breaker breaker = database.breaker();
    // From now on it asks by itself.
    breaker.suspect();
    return breaker;
  }
}
