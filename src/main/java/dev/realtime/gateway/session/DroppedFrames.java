package dev.realtime.gateway.session;

import dev.realtime.gateway.protocol.Delivery;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ObjIntConsumer;

/** Counts the frames that slow clients missed, by delivery class. */
final class DroppedFrames implements ObjIntConsumer<Delivery> {

  private final Counter durable;
  private final Counter latest;
  private final Counter sampled;
  private final Counter sampledLast;
  private final Counter ephemeral;

  DroppedFrames(MeterRegistry meters) {
    this.durable = counter(meters, "durable");
    this.latest = counter(meters, "latest");
    this.sampled = counter(meters, "sampled");
    this.sampledLast = counter(meters, "sampled_last");
    this.ephemeral = counter(meters, "ephemeral");
  }

  private static Counter counter(MeterRegistry meters, String kind) {
    return Counter.builder("gateway.frames.dropped")
        .description("Frames not sent because the client does not keep up")
        .tag("class", kind)
        .register(meters);
  }

  @Override
  public void accept(Delivery delivery, int frames) {
    Counter counter =
        switch (delivery) {
          case Delivery.Durable _ -> durable;
          case Delivery.Latest _ -> latest;
          case Delivery.Sampled _ -> sampled;
          case Delivery.SampledLast _ -> sampledLast;
          case Delivery.Ephemeral _ -> ephemeral;
        };
    counter.increment(frames);
  }
}
