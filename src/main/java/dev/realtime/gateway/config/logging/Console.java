package dev.realtime.gateway.config.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes log lines to another appender on a thread of its own. A console whose reader is slow or
 * stands still thus holds up no event loop: when {@value #LINES} lines wait, further ones are
 * dropped and counted. Lines that wait when logging stops are still written, for two seconds.
 */
final class Console extends AsyncAppender {

  private static final Logger log = LoggerFactory.getLogger(Console.class);

  static final int LINES = 8_192;

  private static final int FLUSH_MILLIS = 2_000;

  private final Repeats repeats = new Repeats();
  private final LongAdder dropped = new LongAdder();

  /** Creates and starts a console in front of an appender, which it owns from now on. */
  static Console before(Appender<ILoggingEvent> appender, LoggerContext context) {
    Console console = new Console();
    console.setContext(context);
    console.setName("ASYNC_" + appender.getName());
    console.setQueueSize(LINES);
    console.setNeverBlock(true);
    // By default a queue that is nearly full takes warnings only; a burst is worth its lines.
    console.setDiscardingThreshold(0);
    console.setMaxFlushTime(FLUSH_MILLIS);
    console.addFilter(console.repeats);
    console.addAppender(appender);
    console.repeats.start();
    console.start();
    context.addScheduledFuture(
        context
            .getScheduledExecutorService()
            .scheduleWithFixedDelay(console::tell, 1, 1, TimeUnit.MINUTES));
    return console;
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (getRemainingCapacity() == 0) {
      dropped.increment();
    }
    super.append(event);
  }

  /** Returns how many lines were dropped since the last call. */
  long takeDropped() {
    return dropped.sumThenReset();
  }

  /** Logs what the last minute held back. */
  void tell() {
    repeats
        .endMinute()
        .forEach((kind, lines) -> log.warn("In the last minute {} more lines of {}", lines, kind));
    long lost = takeDropped();
    if (lost > 0) {
      log.warn("The console was too slow for {} lines in the last minute; they are lost", lost);
    }
  }
}
