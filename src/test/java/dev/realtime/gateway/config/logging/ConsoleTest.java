package dev.realtime.gateway.config.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ConsoleTest {

  private static final int MANY = 3 * Console.LINES;

  private final LoggerContext context = new LoggerContext();
  private final Logger log = context.getLogger("test");
  private final List<String> written = new CopyOnWriteArrayList<>();
  private final CountDownLatch reader = new CountDownLatch(1);
  private Console console;

  /** A console that stands still until its reader goes on. */
  private final class Pipe extends AppenderBase<ILoggingEvent> {

    @Override
    protected void append(ILoggingEvent event) {
      try {
        reader.await();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
      written.add(event.getFormattedMessage());
    }
  }

  @BeforeEach
  void start() {
    context.setMDCAdapter(new LogbackMDCAdapter());
    context.start();
    Pipe pipe = new Pipe();
    pipe.setContext(context);
    pipe.setName("CONSOLE");
    pipe.start();
    console = Console.before(pipe, context);
    log.addAppender(console);
    log.setAdditive(false);
  }

  @AfterEach
  void stop() {
    reader.countDown();
    context.stop();
  }

  @Test
  void holdsNobodyUpWhileItStandsStill() {
    for (int i = 0; i < MANY; i++) {
      log.info("line {}", i);
    }
    assertThat(written).isEmpty();
    // The writer has taken what waited when it began, one full queue at most.
    assertThat(console.takeDropped())
        .isBetween(MANY - 2L * Console.LINES, (long) MANY - Console.LINES);

    reader.countDown();

    await().atMost(Duration.ofSeconds(10)).until(() -> written.size() >= Console.LINES);
    assertThat(written).startsWith("line 0", "line 1").doesNotContain("line " + (MANY - 1));
  }

  @Test
  void writesWhatWaitsWhenLoggingStops() {
    log.info("last words");
    reader.countDown();
    context.stop();
    assertThat(written).containsExactly("last words");
  }

  @Test
  void endsThoughNobodyReads() {
    log.info("never read");
    long asked = System.nanoTime();
    context.stop();
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void writesTheFirstOfOneKindAndCountsTheOthers() {
    reader.countDown();
    for (int i = 0; i < 1_000; i++) {
      log.warn("Could not read room {}", i);
      log.info("Told {}", i);
    }
    log.warn("Could not read room {}", 1, new IllegalStateException("of another kind"));
    log.warn("Something else");
    await().until(() -> written.contains("Something else"));
    assertThat(written).filteredOn(line -> line.startsWith("Could not")).hasSize(6);
    assertThat(written).filteredOn(line -> line.startsWith("Told")).hasSize(1_000);
  }

  @Test
  void tellsEachMinuteWhatItHeldBack() {
    Repeats repeats = new Repeats();
    LoggerContext other = new LoggerContext();
    other.start();
    Logger flood = other.getLogger("flood");
    AppenderBase<ILoggingEvent> sink =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            written.add(event.getFormattedMessage());
          }
        };
    sink.setContext(other);
    sink.addFilter(repeats);
    repeats.start();
    sink.start();
    flood.addAppender(sink);
    for (int minute = 0; minute < 2; minute++) {
      for (int i = 0; i < 100; i++) {
        flood.warn("Could not read {}", i);
      }
      flood.warn("Once");
      assertThat(repeats.endMinute()).containsOnly(Map.entry("flood: Could not read {}", 95));
    }
    assertThat(written).hasSize(12);
  }
}
