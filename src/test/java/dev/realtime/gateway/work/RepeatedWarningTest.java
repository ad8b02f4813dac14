package dev.realtime.gateway.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.support.LogCapture;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RepeatedWarningTest {

  private final AtomicLong now = new AtomicLong();
  private final RepeatedWarning warning =
      new RepeatedWarning(
          LoggerFactory.getLogger(RepeatedWarningTest.class), "Could not count", now::get);

  @AutoClose private final LogCapture log = new LogCapture();

  private long lines() {
    return log.lines().stream().filter(line -> line.contains("Could not count")).count();
  }

  @Test
  void logsOneLineAMinuteAndHowManyItLeftOut() {
    for (int i = 0; i < 1_000; i++) {
      warning.log(new IllegalStateException("down"));
    }
    assertThat(lines()).isEqualTo(1);

    now.addAndGet(Duration.ofMinutes(1).toNanos());
    warning.log(new IllegalStateException("still down"));

    assertThat(lines()).isEqualTo(2);
    assertThat(log.lines().getLast()).contains("999 times before").contains("still down");
  }
}
