package dev.realtime.gateway.config;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.resources.LoopResources;

/**
 * The threads of an instance: one set of event loops serves the sockets, Redis and PostgreSQL, so
 * that a message is often read from the bus by the thread that writes it to the sockets.
 */
@Configuration(proxyBeanMethods = false)
class EventLoopConfiguration {

  @Bean(destroyMethod = "dispose")
  LoopResources loopResources(GatewayProperties properties) {
    int asked = properties.eventLoops();
    int loops = asked == 0 ? Runtime.getRuntime().availableProcessors() : asked;
    return LoopResources.create("gateway", loops, true);
  }

  // Ended with the resources, not by its own methods.
  @Primary
  @Bean(destroyMethod = "")
  EventLoopGroup eventLoops(LoopResources resources) {
    return resources.onServer(true);
  }

  /** The loop of all connections to Redis: what one turn publishes leaves together. */
  @Bean(destroyMethod = "")
  EventLoop redisLoop(EventLoopGroup eventLoops) {
    return eventLoops.next();
  }

  @Bean
  ReactorResourceFactory reactorResourceFactory(LoopResources resources) {
    ReactorResourceFactory factory = new ReactorResourceFactory();
    factory.setUseGlobalResources(false);
    factory.setLoopResources(resources);
    return factory;
  }
}
