package dev.realtime.gateway.bus;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;

/** Counters of the events on the bus of this instance. */
final class BusCounts {

  final LongAdder published = new LongAdder();
  final LongAdder spared = new LongAdder();
  final LongAdder lost = new LongAdder();
  final LongAdder received = new LongAdder();
  final LongAdder doubles = new LongAdder();
  final LongAdder gaps = new LongAdder();
  final LongAdder unreadable = new LongAdder();

  void register(MeterRegistry meters) {
    register(meters, "published", published, "Messages sent to Redis for the other instances");
    register(meters, "spared", spared, "Messages not sent, as no other instance listened");
    register(meters, "lost", lost, "Messages that Redis was sent and may not have got");
    register(meters, "received", received, "Messages of other instances");
    register(meters, "doubles", doubles, "Messages of other instances that came twice");
    register(meters, "gaps", gaps, "Times a message of another instance was missing");
    register(meters, "unreadable", unreadable, "Messages that this release cannot read");
  }

  private static void register(
      MeterRegistry meters, String what, LongAdder count, String description) {
    FunctionCounter.builder("gateway.bus." + what, count, LongAdder::sum)
        .description(description)
        .register(meters);
  }
}
