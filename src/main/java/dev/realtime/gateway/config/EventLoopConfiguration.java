package dev.realtime.gateway.config;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.resources.LoopResources;

/**
 * Configures the threads of an instance. One set of event loops serves the sockets, Redis and
 * PostgreSQL, so that the thread that reads a message from the bus often writes it to the sockets
 * too.
 */
@Configuration(proxyBeanMethods = false)
final class EventLoopConfiguration {

  @Bean(destroyMethod = "dispose")
  LoopResources loopResources(GatewayProperties properties) {
    int asked = properties.eventLoops();
    int loops = asked == 0 ? Runtime.getRuntime().availableProcessors() : asked;
    return LoopResources.create("gateway", loops, true);
  }

  // The resources end it; its own methods do nothing.
  @Primary
  @Bean(destroyMethod = "")
  EventLoopGroup eventLoops(LoopResources resources) {
    return resources.onServer(true);
  }

  /** The loop of all connections to Redis: everything published in one turn leaves together. */
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
