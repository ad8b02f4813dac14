package dev.realtime.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.MapPropertySource;

class RedisConfigurationTest {

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(GatewayProperties.class)
  @Import({EventLoopConfiguration.class, RedisConfiguration.class})
  static class Settings {}

  @Test
  void handsEverythingToLettuceAndSpring() {
    runner(
            Map.of(
                "REDIS_HOST", "bus.example",
                "REDIS_PORT", "6380",
                "REDIS_PASSWORD", "secret",
                "REDIS_TLS", "true"))
        .run(context -> {
          RedisURI uri = context.getBean(RedisURI.class);
          assertThat(uri.getHost()).isEqualTo("bus.example");
          assertThat(uri.getPort()).isEqualTo(6380);
          assertThat(uri.isSsl()).isTrue();
          assertThat(uri.isVerifyPeer()).isTrue();
          assertThat(uri.getTimeout()).isEqualTo(Duration.ofSeconds(2));
          assertThat(uri.getClientName()).isEqualTo("realtime-gateway");
          assertThat(uri.toString()).doesNotContain("secret");
          var details = context.getBean(DataRedisConnectionDetails.class);
          assertThat(details.getPassword()).isEqualTo("secret");
          assertThat(details.getSslBundle()).isNotNull();
        });
  }

  @Test
  void sendsNoPasswordAndReconnectsSoon() {
    runner(Map.of("REDIS_PASSWORD", ""))
        .run(context -> {
          var details = context.getBean(DataRedisConnectionDetails.class);
          assertThat(details.getPassword()).isNull();
          assertThat(details.getSslBundle()).isNull();
          ClientResources resources = context.getBean(ClientResources.class);
          assertThat(resources.reconnectDelay().createDelay(20)).isEqualTo(Duration.ofMillis(250));
          assertThat(resources.commandLatencyRecorder().isEnabled()).isFalse();
        });
  }

  @Test
  void givesUpConnectionsWhoseOtherEndVanished() {
    runner(Map.of())
        .run(context -> {
          ClientOptions.Builder options = ClientOptions.builder();
          context.getBean(LettuceClientOptionsBuilderCustomizer.class).customize(options);
          for (SocketOptions sockets :
              List.of(
                  options.build().getSocketOptions(),
                  RedisLink.options().build().getSocketOptions())) {
            assertThat(sockets.isKeepAlive()).isTrue();
            assertThat(sockets.isEnableTcpUserTimeout()).isTrue();
            assertThat(sockets.getTcpUserTimeout().getTcpUserTimeout())
                .isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
          }
        });
  }

  private static ApplicationContextRunner runner(Map<String, String> variables) {
    return new ApplicationContextRunner()
        .withInitializer(context ->
            context
                .getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource("variables", Map.copyOf(variables))))
        .withInitializer(new ConfigDataApplicationContextInitializer())
        .withUserConfiguration(Settings.class);
  }
}
