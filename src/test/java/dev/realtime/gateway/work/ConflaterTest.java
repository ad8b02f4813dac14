package dev.realtime.gateway.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

class ConflaterTest {

  private static final Duration WINDOW = Duration.ofMillis(500);

  private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
  private final Conflater<String> conflater = new Conflater<>(WINDOW, scheduler);
  private final List<String> run = new ArrayList<>();

  @AfterEach
  void stop() {
    scheduler.dispose();
  }

  private void submit(String key, String action) {
    conflater.submit(key, () -> run.add(key + action));
  }

  @Test
  void runsTheFirstActionAtOnce() {
    submit("a", "1");

    assertThat(run).containsExactly("a1");
  }

  @Test
  void runsOnlyTheLastOfAWindowAtItsEnd() {
    submit("a", "1");
    submit("a", "2");
    submit("a", "3");
    assertThat(run).containsExactly("a1");

    scheduler.advanceTimeBy(WINDOW);

    assertThat(run).containsExactly("a1", "a3");
  }

  @Test
  void opensTheNextWindowWithTheLastAction() {
    submit("a", "1");
    submit("a", "2");
    scheduler.advanceTimeBy(WINDOW);
    submit("a", "3");
    assertThat(run).containsExactly("a1", "a2");

    scheduler.advanceTimeBy(WINDOW);

    assertThat(run).containsExactly("a1", "a2", "a3");
  }

  @Test
  void runsAtOnceAgainAfterAQuietWindow() {
    submit("a", "1");
    scheduler.advanceTimeBy(WINDOW);

    submit("a", "2");

    assertThat(run).containsExactly("a1", "a2");
  }

  @Test
  void keepsKeysApart() {
    submit("a", "1");
    submit("b", "1");

    assertThat(run).containsExactly("a1", "b1");
  }
}
