package dev.realtime.gateway.config;

import io.lettuce.core.RedisURI;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Configures Lettuce from {@code REDIS_*} for the bus, the store and Spring's connection, which
 * only the health check uses. All of them share the client resources.
 */
@Configuration(proxyBeanMethods = false)
final class RedisConfiguration {

  @Bean(destroyMethod = "shutdown")
  ClientResources redisClientResources(EventLoop redisLoop) {
    return RedisLink.resources()
        .eventLoopGroupProvider(new SharedEventLoop(redisLoop))
        // Histograms per command cost more than the commands of the bus.
        .commandLatencyRecorder(CommandLatencyRecorder.disabled())
        .build();
  }

  @Bean
  RedisURI redisUri(GatewayProperties properties) {
    GatewayProperties.Redis redis = properties.redis();
    RedisURI.Builder uri =
        RedisURI.Builder.redis(redis.host(), redis.port())
            .withSsl(redis.tls())
            .withTimeout(RedisLink.PATIENCE)
            .withClientName("realtime-gateway");
    String password = redis.password();
    if (password != null && !password.isEmpty()) {
      uri.withPassword(password.toCharArray());
    }
    return uri.build();
  }

  /** Spring's own connection, for the health check. */
  @Bean
  LettuceClientOptionsBuilderCustomizer redisSockets() {
    return options -> options.socketOptions(RedisLink.sockets());
  }

  @Bean
  DataRedisConnectionDetails redisConnectionDetails(GatewayProperties properties) {
    return new Details(properties.redis());
  }

  private record Details(GatewayProperties.Redis redis) implements DataRedisConnectionDetails {

    @Override
    public Standalone getStandalone() {
      return Standalone.of(redis.host(), redis.port());
    }

    @Override
    public @Nullable String getPassword() {
      String password = redis.password();
      return password == null || password.isEmpty() ? null : password;
    }

    @Override
    public @Nullable SslBundle getSslBundle() {
      return redis.tls() ? SslBundle.systemDefault() : null;
    }
  }
}
