package dev.realtime.gateway.bus;

import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.netty.channel.EventLoop;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
final class BusConfiguration {

  @Bean
  RedisRoomBus roomBus(ClientResources resources, RedisURI uri, EventLoop redisLoop) {
    return new RedisRoomBus(resources, uri, redisLoop);
  }

  @Bean
  HealthIndicator busHealthIndicator(RedisRoomBus roomBus) {
    return roomBus::health;
  }

  @Bean
  MeterBinder busMeters(RedisRoomBus roomBus) {
    return meters -> {
      roomBus.counts().register(meters);
      Gauge.builder("gateway.bus.instances", roomBus, bus -> bus.instances().others().size() + 1.0)
          .description("Instances of the gateway that this one knows, itself included")
          .register(meters);
    };
  }
}
