package dev.realtime.gateway.config;

import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The one source of wall-clock time; a test may move it. */
@Configuration(proxyBeanMethods = false)
final class ClockConfiguration {

  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }
}
