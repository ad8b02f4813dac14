package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.realtime.gateway.protocol.GatewayException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class BreakerTest {

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final List<Sinks.Empty<Void>> questions = new ArrayList<>();
  private final Breaker breaker = new Breaker(Mono.defer(this::question), time);
  private final List<Boolean> states = new ArrayList<>();

  private Mono<Void> question() {
    Sinks.Empty<Void> answer = Sinks.empty();
    questions.add(answer);
    return answer.asMono();
  }

  private void answer() {
    questions.getLast().tryEmitEmpty().orThrow();
  }

  private void fail() {
    questions.getLast().tryEmitError(new IllegalStateException("refused")).orThrow();
  }

  private void open() {
    breaker.suspect();
    fail();
  }

  @Test
  void opensOnlyWhenTheOwnQuestionFails() {
    breaker.states().subscribe(states::add);
    breaker.suspect();
    assertThat(breaker.isOpen()).as("a suspicion is no outage").isFalse();
    answer();
    assertThat(breaker.isOpen()).isFalse();

    breaker.suspect();
    fail();

    assertThat(breaker.isOpen()).isTrue();
    assertThat(states).containsExactly(false, true);
  }

  @Test
  void asksOneQuestionAtATime() {
    for (int i = 0; i < 10; i++) {
      breaker.suspect();
      breaker.ask().subscribe();
    }
    assertThat(questions).hasSize(1);
  }

  @Test
  void asksByItselfWhilePostgresqlAnswers() {
    breaker.suspect();
    answer();
    for (int i = 2; i < 10; i++) {
      time.advanceTimeBy(Duration.ofSeconds(2));
      assertThat(questions).hasSize(i);
      answer();
    }
  }

  @Test
  void asksAfterGrowingRandomPausesUntilPostgresqlIsBack() {
    open();
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      int asked = questions.size();
      long pause = 0;
      while (questions.size() == asked) {
        time.advanceTimeBy(Duration.ofMillis(10));
        pause += 10;
      }
      pauses.add(pause);
      fail();
    }
    assertThat(pauses.getFirst()).isBetween(120L, 260L);
    assertThat(pauses.subList(6, 12)).allMatch(pause -> pause >= 2_000 && pause <= 4_010);
    assertThat(new HashSet<>(pauses.subList(6, 12))).hasSizeGreaterThan(1);

    time.advanceTimeBy(Duration.ofSeconds(4));
    answer();

    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void tellsWhoComesLaterTheLatestStateOnly() {
    open();
    time.advanceTimeBy(Duration.ofSeconds(1));
    fail();
    StepVerifier.create(breaker.states())
        .expectNext(true)
        .then(() -> {
          time.advanceTimeBy(Duration.ofSeconds(4));
          answer();
        })
        .expectNext(false)
        .thenCancel()
        .verify(Duration.ofSeconds(5));
  }

  @Test
  void refusesWithATimeOfItsOwnForEachCaller() {
    open();
    Set<Duration> times = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      breaker
          .admit()
          .doOnError(failure -> {
            GatewayException refusal = Objects.requireNonNull(Failures.refusal(failure));
            assertThat(refusal.sentence()).doesNotContain("may have been");
            times.add(Objects.requireNonNull(refusal.retryAfter()));
          })
          .onErrorComplete()
          .subscribe();
    }
    assertThat(times)
        .hasSizeGreaterThan(50)
        .allSatisfy(one -> assertThat(one).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2)));
    assertThat(breaker.refused()).isEqualTo(100);
  }

  @Test
  void spreadsCallersLongerTheLongerTheOutageLasts() {
    open();
    time.advanceTimeBy(Duration.ofMinutes(1));
    Set<Duration> times = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      times.add(breaker.retryAfter());
    }
    assertThat(times)
        .hasSizeGreaterThan(50)
        .allSatisfy(
            one -> assertThat(one).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(30)));
    assertThat(times).anyMatch(one -> one.toSeconds() > 20);
  }

  @Test
  void spreadsManyCallersLongerAndForgetsThem() {
    for (int i = 0; i < 20_000; i++) {
      breaker.retryAfter();
    }
    assertThat(breaker.retryAfter()).isGreaterThan(Duration.ofSeconds(3));
    time.advanceTimeBy(Duration.ofSeconds(11));
    assertThat(breaker.retryAfter()).isLessThanOrEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void logsAnOutageOnceAMinuteWithItsCause() {
    ListAppender<ILoggingEvent> written = new ListAppender<>();
    Logger log = (Logger) LoggerFactory.getLogger(Outage.class);
    written.start();
    log.addAppender(written);
    try {
      open();
      for (int i = 0; i < 2 * 60; i++) {
        time.advanceTimeBy(Duration.ofSeconds(1));
        if (questions.getLast().currentSubscriberCount() > 0) {
          fail();
        }
      }
      assertThat(written.list)
          .hasSizeBetween(2, 3)
          .allMatch(line -> line.getFormattedMessage().contains("refused"));
      time.advanceTimeBy(Duration.ofSeconds(4));
      answer();
      assertThat(written.list.getLast().getFormattedMessage())
          .startsWith("PostgreSQL is back after 12");
    } finally {
      log.detachAppender(written);
    }
  }

  @Test
  void asksNothingAfterItsEnd() {
    breaker.suspect();
    answer();
    breaker.close();
    time.advanceTimeBy(Duration.ofMinutes(1));
    breaker.suspect();
    assertThat(questions).hasSize(1);
  }
}
