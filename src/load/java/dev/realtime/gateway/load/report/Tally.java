package dev.realtime.gateway.load.report;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What one thread has counted. Not thread-safe: a reader gets a copy made on that thread. */
@SuppressWarnings("EnumOrdinal") // the cheapest map there is; nothing of it is kept
public final class Tally {

  private static final int DIGITS = 3;

  private final long[] counts = new long[Count.values().length];
  private final Map<Latency, Histogram> latencies = new EnumMap<>(Latency.class);
  private final Map<String, Long> errors = new TreeMap<>();
  private final Map<String, Long> failures = new TreeMap<>();
  private final Map<Integer, Long> closes = new TreeMap<>();

  public Tally() {
    for (Latency latency : Latency.values()) {
      latencies.put(latency, new Histogram(DIGITS));
    }
  }

  public void count(Count what) {
    add(what, 1);
  }

  public void add(Count what, long number) {
    counts[what.ordinal()] += number;
  }

  public long of(Count what) {
    return counts[what.ordinal()];
  }

  /** Notes how long something took. */
  public void took(Latency what, long nanos) {
    of(what).recordValue(Math.max(0, TimeUnit.NANOSECONDS.toMicros(nanos)));
  }

  /** Microseconds. */
  public Histogram of(Latency what) {
    return Objects.requireNonNull(latencies.get(what));
  }

  /** An error frame. */
  public void error(String code) {
    errors.merge(code, 1L, Long::sum);
  }

  /** A connect that came to nothing. */
  public void failure(String why) {
    count(Count.FAILED);
    failures.merge(why, 1L, Long::sum);
  }

  /** A connection that the other side ended. */
  public void closed(int code) {
    closes.merge(code, 1L, Long::sum);
  }

  Map<String, Long> errors() {
    return errors;
  }

  Map<String, Long> failures() {
    return failures;
  }

  public Map<Integer, Long> closes() {
    return closes;
  }

  /** Adds everything another has. */
  public void add(Tally other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    other.latencies.forEach((what, histogram) -> of(what).add(histogram));
    other.errors.forEach((code, number) -> errors.merge(code, number, Long::sum));
    other.failures.forEach((why, number) -> failures.merge(why, number, Long::sum));
    other.closes.forEach((code, number) -> closes.merge(code, number, Long::sum));
  }

  /** Deliveries that did not come. */
  public long lost() {
    return Math.max(0, of(Count.EXPECTED) - of(Count.DELIVERED));
  }
}
