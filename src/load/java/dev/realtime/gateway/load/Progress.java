package dev.realtime.gateway.load;

import dev.realtime.gateway.load.report.Count;
import dev.realtime.gateway.load.report.Latency;
import dev.realtime.gateway.load.report.Tally;
import dev.realtime.gateway.load.socket.Workers;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** A line each second while a run lasts; it also looks after the windows. */
final class Progress {

  private final Workers workers;
  private final RunClock clock;
  private final PrintStream out;
  private volatile List<Pacemaker> pacemakers = List.of();
  private long lastDelivered;

  Progress(Workers workers, RunClock clock, PrintStream out) {
    this.workers = workers;
    this.clock = clock;
    this.out = out;
  }

  /** Begins, and ends with the executor. */
  void begin(ScheduledExecutorService control) {
    var _ = control.scheduleAtFixedRate(this::second, 1, 1, TimeUnit.SECONDS);
  }

  /** From now on these are looked after too. */
  void watch(List<Pacemaker> all) {
    pacemakers = all;
  }

  private void second() {
    pacemakers.forEach(Pacemaker::tick);
    try {
      out.println(line(workers.sum()));
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  private String line(Tally now) {
    long delivered = now.of(Count.DELIVERED);
    long more = delivered - lastDelivered;
    lastDelivered = delivered;
    Histogram acks = now.of(Latency.ACKNOWLEDGEMENT);
    Histogram shown = acks.getTotalCount() > 0 ? acks : now.of(Latency.DELIVERY);
    return String.format(
        Locale.ROOT,
        "%4d s %-8s ready %,d  sent %,d  acked %,d  delivered %,d (+%,d)  p99 %.1f ms  failed %,d",
        TimeUnit.NANOSECONDS.toSeconds(clock.now()),
        phase(),
        now.of(Count.READY),
        now.of(Count.SENT),
        now.of(Count.ACKNOWLEDGED),
        delivered,
        more,
        shown.getValueAtPercentile(99) / 1000.0,
        now.of(Count.FAILED) + now.closes().values().stream().mapToLong(Long::longValue).sum());
  }

  private String phase() {
    long time = clock.now();
    if (clock.measuredFrom() == Long.MAX_VALUE) {
      return "connect";
    }
    if (time < clock.measuredFrom()) {
      return "warm-up";
    }
    return time < clock.measuredTo() ? "measure" : "drain";
  }
}
