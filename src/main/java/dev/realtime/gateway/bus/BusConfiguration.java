package dev.realtime.gateway.bus;

import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.netty.channel.EventLoop;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
final class BusConfiguration {

  @Bean
  RedisRoomBus roomBus(ClientResources resources, RedisURI uri, EventLoop redisLoop) {
    return new RedisRoomBus(resources, uri, redisLoop);
  }

  @Bean
  MeterBinder busMeters(RedisRoomBus roomBus) {
    return roomBus.counts()::register;
  }
}
