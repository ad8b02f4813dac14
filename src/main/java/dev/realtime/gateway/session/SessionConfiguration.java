package dev.realtime.gateway.session;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.SessionEvent;
import dev.realtime.gateway.store.Breaker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
final class SessionConfiguration {

  @Bean
  Sender.Terms senderTerms(
      EnvelopeCodec codec, GatewayProperties properties, MeterRegistry meters, Breaker breaker) {
    GatewayProperties.Limits limits = properties.limits();
    OutboundQueue.Bounds bounds =
        new OutboundQueue.Bounds(
            limits.outboundFrames(),
            limits.outboundBytes(),
            new OutboundQueue.DroppedFrames(meters),
            codec);
    return new Sender.Terms(
        codec, bounds, properties.session().readPatience(), code -> bye(code, breaker));
  }

  /**
   * Chooses when a client may come back: at random, so that those who are closed together do not
   * come together, and later the longer the instance is in trouble.
   */
  private static SessionEvent.Bye bye(CloseCode code, Breaker breaker) {
    return switch (code) {
      case SERVER_ERROR -> code.bye(breaker.retryAfter());
      case DRAINING -> code.bye(breaker.isOpen() ? breaker.retryAfter() : upTo(code));
      default -> code.bye();
    };
  }

  private static Duration upTo(CloseCode code) {
    long most = Objects.requireNonNull(code.bye().afterMs());
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most + 1));
  }
}
