package dev.realtime.gateway.config.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets the first warnings and errors of each kind through, and counts the others of that minute: in
 * an outage each command, room and connection fails for the same reason. A kind is a logger, its
 * sentence before the values are filled in, and the type of the exception.
 */
final class Repeats extends Filter<ILoggingEvent> {

  /** Lines of one kind in a minute. */
  static final int LINES = 5;

  /** Above this many kinds in a minute a logger is one kind, whatever it says. */
  private static final int KINDS = 1_000;

  private final Map<String, AtomicInteger> minute = new ConcurrentHashMap<>();

  @Override
  public FilterReply decide(ILoggingEvent event) {
    // The summaries are themselves warnings of one kind.
    if (!event.getLevel().isGreaterOrEqual(Level.WARN)
        || Console.class.getName().equals(event.getLoggerName())) {
      return FilterReply.NEUTRAL;
    }
    int line = minute.computeIfAbsent(kindOf(event), _ -> new AtomicInteger()).incrementAndGet();
    return line <= LINES ? FilterReply.NEUTRAL : FilterReply.DENY;
  }

  private String kindOf(ILoggingEvent event) {
    if (minute.size() >= KINDS) {
      return event.getLoggerName();
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    String kind = event.getLoggerName() + ": " + event.getMessage();
    return thrown == null ? kind : kind + " (" + thrown.getClassName() + ")";
  }

  /** Begins a new minute; returns how many lines of which kind the last one held back. */
  Map<String, Integer> endMinute() {
    Map<String, Integer> held = new TreeMap<>();
    minute.forEach((kind, lines) -> {
      if (lines.get() > LINES) {
        held.put(kind, lines.get() - LINES);
      }
    });
    minute.clear();
    return held;
  }
}
