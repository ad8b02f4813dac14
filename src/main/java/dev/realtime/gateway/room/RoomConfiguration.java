package dev.realtime.gateway.room;

import dev.realtime.gateway.protocol.EnvelopeCodec;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoop;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

@Configuration(proxyBeanMethods = false)
class RoomConfiguration {

  @Bean
  EnvelopeCodec envelopeCodec() {
    return new EnvelopeCodec();
  }

  @Bean
  RedisRoomBus roomBus(ClientResources resources, RedisURI uri, EventLoop redisLoop) {
    return new RedisRoomBus(resources, uri, redisLoop);
  }

  @Bean
  RoomRegistry roomRegistry(RoomBus bus, List<RoomLog> logs, ObjectProvider<RoomNews> news) {
    return new RoomRegistry(bus, logs, news.orderedStream().toList(), Schedulers.parallel());
  }
}
