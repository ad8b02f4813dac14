package dev.realtime.gateway.support;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/**
 * Everything this JVM logs from now until {@link #close}. Started after the gateway: an application
 * that starts sets logging up anew.
 */
public final class LogCapture implements AutoCloseable {

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();
  private final AppenderBase<ILoggingEvent> appender = new Collector();

  /** Begins to listen. */
  public LogCapture() {
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
  }

  /** Every line so far, with its stack trace. */
  public List<String> lines() {
    return events.stream().map(LogCapture::line).toList();
  }

  /** The errors, and the warnings that carry a stack trace. */
  public List<String> faults() {
    return events.stream().filter(LogCapture::isFault).map(LogCapture::line).toList();
  }

  /** The {@link #faults}, and forgets everything so far. */
  public List<String> takeFaults() {
    List<String> faults = faults();
    events.clear();
    return faults;
  }

  private static boolean isFault(ILoggingEvent event) {
    return event.getLevel().isGreaterOrEqual(Level.ERROR)
        || (event.getLevel().isGreaterOrEqual(Level.WARN) && event.getThrowableProxy() != null);
  }

  private static String line(ILoggingEvent event) {
    String trace =
        event.getThrowableProxy() == null
            ? ""
            : ThrowableProxyUtil.asString(event.getThrowableProxy());
    return event.getLevel()
        + " "
        + event.getLoggerName()
        + ": "
        + event.getFormattedMessage()
        + " "
        + trace;
  }

  @Override
  public void close() {
    root.detachAppender(appender);
    appender.stop();
  }

  private final class Collector extends AppenderBase<ILoggingEvent> {

    @Override
    protected void append(ILoggingEvent event) {
      event.prepareForDeferredProcessing();
      events.add(event);
    }
  }
}
