package dev.realtime.gateway.bus;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counters of the events on the bus of this instance. */
final class BusCounts {

  final LongAdder published = new LongAdder();
  final LongAdder spared = new LongAdder();
  final LongAdder lost = new LongAdder();
  final LongAdder received = new LongAdder();
  final LongAdder doubles = new LongAdder();
  final LongAdder gaps = new LongAdder();
  final LongAdder unreadable = new LongAdder();
  final LongAdder beatsMissed = new LongAdder();
  final LongAdder reportsWithGaps = new LongAdder();
  final LongAdder silences = new LongAdder();
  private volatile @Nullable Timer beats;

  void beatCameBack(Duration roundTrip) {
    Timer timer = beats;
    if (timer != null) {
      timer.record(roundTrip);
    }
  }

  void register(MeterRegistry meters) {
    register(meters, "published", published, "Messages sent to Redis for the other instances");
    register(meters, "spared", spared, "Messages not sent, as no other instance listened");
    register(meters, "lost", lost, "Messages that Redis was sent and may not have got");
    register(meters, "received", received, "Messages of other instances");
    register(meters, "doubles", doubles, "Messages of other instances that came twice");
    register(meters, "gaps", gaps, "Times a message of another instance was missing");
    register(meters, "unreadable", unreadable, "Messages that this release cannot read");
    register(meters, "beats.missed", beatsMissed, "Own beats that did not come back in time");
    register(
        meters,
        "reports.gaps",
        reportsWithGaps,
        "Reports of other instances that named missing messages, or were missing themselves");
    register(meters, "silences", silences, "Times another instance fell silent without a word");
    beats =
        Timer.builder("gateway.bus.beat")
            .description("Round trips of this instance's beats through Redis")
            .register(meters);
  }

  private static void register(
      MeterRegistry meters, String what, LongAdder count, String description) {
    FunctionCounter.builder("gateway.bus." + what, count, LongAdder::sum)
        .description(description)
        .register(meters);
  }
}
