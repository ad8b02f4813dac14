package dev.realtime.gateway.work;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * A warning that many callers may have at once, because a server that all of them need is down. The
 * log gets the first one and then at most one a minute, with the number of those left out.
 * Thread-safe.
 */
public final class RepeatedWarning {

  private static final long LINE_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Logger log;
  private final String text;
  private final LongSupplier nanoTime;
  private final AtomicLong nextLine;
  private final LongAdder leftOut = new LongAdder();

  /**
   * Creates a warning that has not been logged yet.
   *
   * @param text the beginning of each line, without a full stop; the cause follows it
   */
  public RepeatedWarning(Logger log, String text) {
    this(log, text, System::nanoTime);
  }

  RepeatedWarning(Logger log, String text, LongSupplier nanoTime) {
    this.log = log;
    this.text = text;
    this.nanoTime = nanoTime;
    this.nextLine = new AtomicLong(nanoTime.getAsLong());
  }

  /** Logs the warning, or only counts it if less than a minute has passed since the last line. */
  public void log(Throwable cause) {
    long now = nanoTime.getAsLong();
    long due = nextLine.get();
    if (now - due < 0 || !nextLine.compareAndSet(due, now + LINE_EVERY_NANOS)) {
      leftOut.increment();
      return;
    }
    long others = leftOut.sumThenReset();
    if (others == 0) {
      log.warn("{}: {}", text, cause.toString());
    } else {
      log.warn("{}, and {} times before: {}", text, others, cause.toString());
    }
  }
}
