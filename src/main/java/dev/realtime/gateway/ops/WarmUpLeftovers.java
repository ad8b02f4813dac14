package dev.realtime.gateway.ops;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.live.Streams;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Deletes the streams of instances that were killed while they warmed up. */
@Component
final class WarmUpLeftovers implements Sweeping {

  /** A stream this much older than a warm-up takes belongs to no instance that is starting. */
  private static final Duration MARGIN = Duration.ofHours(1);

  private static final Duration PERIOD = Duration.ofHours(1);
  private static final int MOST = 100;

  private final Sweeper sweeper;

  WarmUpLeftovers(Streams streams, GatewayProperties properties) {
    Duration age = properties.warmUp().plus(MARGIN);
    Mono<Boolean> step =
        Mono.defer(() -> streams.deleteOfHosts(Ids.WARM_UP, age, MOST))
            .map(deleted -> deleted >= MOST);
    this.sweeper = new Sweeper("streams of killed warm-ups", PERIOD, step);
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
