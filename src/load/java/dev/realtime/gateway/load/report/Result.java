package dev.realtime.gateway.load.report;

import dev.realtime.gateway.load.setting.Mode;
import dev.realtime.gateway.load.setting.Settings;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a run has shown.
 *
 * @param all everything of the run, warm-up included
 * @param measured what happened while it was measured
 * @param server null when no process was named
 */
public record Result(
    Settings settings,
    Instant startedAt,
    Tally all,
    Measured measured,
    @Nullable ServerUse server) {

  /** Counts within the measured seconds. */
  public record Measured(
      double seconds, long sent, long delivered, long acknowledged, long connected) {

    public static Measured between(Tally before, Tally after, double seconds) {
      return new Measured(
          seconds,
          after.of(Count.SENT) - before.of(Count.SENT),
          after.of(Count.DELIVERED) - before.of(Count.DELIVERED),
          after.of(Count.ACKNOWLEDGED) - before.of(Count.ACKNOWLEDGED),
          after.of(Count.READY) - before.of(Count.READY));
    }

    double perSecond(long count) {
      return seconds > 0 ? count / seconds : 0;
    }
  }

  /**
   * What the server used.
   *
   * @param cpuSeconds while it was measured
   */
  public record ServerUse(double cpuSeconds, long rssBefore, long rssReady, long rssEnd) {

    double perCpuSecond(long count) {
      return cpuSeconds > 0 ? count / cpuSeconds : 0;
    }

    double rssPerConnection(long connections) {
      return connections > 0 ? (double) (rssReady - rssBefore) / connections : 0;
    }
  }

  /** Messages that got neither an ack nor an error, where they should. */
  long unanswered() {
    return settings.mode() == Mode.WRITES
        ? all.of(Count.SENT) - all.of(Count.ACKNOWLEDGED) - all.of(Count.REFUSED)
        : 0;
  }

  /** Whether everything came, once, in order, and nothing failed. */
  public boolean isClean() {
    boolean exact =
        all.of(Count.DELIVERED) == all.of(Count.EXPECTED)
            && all.of(Count.DUPLICATE) == 0
            && all.of(Count.OUT_OF_ORDER) == 0
            && all.of(Count.STRAY) == 0
            && all.of(Count.STALLED) == 0
            && unanswered() == 0;
    boolean whole = all.errors().isEmpty() && all.failures().isEmpty() && all.closes().isEmpty();
    return exact && whole && didSomething();
  }

  private boolean didSomething() {
    return all.of(settings.mode().hasMessages() ? Count.SENT : Count.READY) > 0;
  }
}
