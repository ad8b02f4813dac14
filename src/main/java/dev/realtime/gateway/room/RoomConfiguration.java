package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

@Configuration(proxyBeanMethods = false)
final class RoomConfiguration {

  @Bean
  EnvelopeCodec envelopeCodec() {
    return new EnvelopeCodec();
  }

  @Bean
  RoomRegistry roomRegistry(
      RoomBus bus, List<RoomLog> logs, ObjectProvider<RoomNews> news, FrameEncoder encoder) {
    return new RoomRegistry(
        bus, logs, news.orderedStream().toList(), encoder, Schedulers.parallel());
  }

  @Bean
  MeterBinder roomMeters(RoomRegistry rooms) {
    return meters -> {
      FunctionCounter.builder("gateway.rooms.rewound", rooms, RoomRegistry::rewound)
          .description("Rooms whose stored data was found to be older than what they had delivered")
          .register(meters);
      FunctionCounter.builder("gateway.rooms.unfounded", rooms, RoomRegistry::unfounded)
          .description("Times a room was told of changes that the database does not have")
          .register(meters);
      FunctionCounter.builder("gateway.rooms.compared", rooms, RoomRegistry::compared)
          .description("Rooms whose rev was compared with the database")
          .register(meters);
      FunctionCounter.builder("gateway.rooms.behind", rooms, RoomRegistry::behind)
          .description("Comparisons that found a change of which the bus had not told the room")
          .register(meters);
    };
  }
}
