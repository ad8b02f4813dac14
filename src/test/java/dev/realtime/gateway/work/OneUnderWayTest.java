package dev.realtime.gateway.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

@Timeout(30)
class OneUnderWayTest {

  private static final Duration REST = Duration.ofMillis(5);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final List<String> waiting = new ArrayList<>();
  private final List<List<String>> calls = new ArrayList<>();
  private Sinks.Empty<Void> end = Sinks.empty();

  private @Nullable Mono<Void> next() {
    if (waiting.isEmpty()) {
      return null;
    }
    calls.add(List.copyOf(waiting));
    waiting.clear();
    end = Sinks.empty();
    return end.asMono();
  }

  private void request(OneUnderWay calls, String... items) {
    for (String item : items) {
      waiting.add(item);
      calls.request();
    }
  }

  @Test
  void callsAtOnceAndSharesTheNextCall() {
    OneUnderWay one = new OneUnderWay(this::next);

    request(one, "a", "b", "c");
    assertThat(calls).containsExactly(List.of("a"));
    end.tryEmitEmpty().orThrow();
    assertThat(calls).containsExactly(List.of("a"), List.of("b", "c"));
    end.tryEmitEmpty().orThrow();
    request(one, "d");

    assertThat(calls).last().isEqualTo(List.of("d"));
  }

  @Test
  void restsAfterEachCall() {
    OneUnderWay one = new OneUnderWay(this::next, REST, time);
    request(one, "a");
    end.tryEmitEmpty().orThrow();

    request(one, "b");
    time.advanceTimeBy(REST.minusMillis(1));
    request(one, "c");
    assertThat(calls).hasSize(1);
    time.advanceTimeBy(Duration.ofMillis(1));
    assertThat(calls).containsExactly(List.of("a"), List.of("b", "c"));
    end.tryEmitEmpty().orThrow();
    time.advanceTimeBy(REST);
    request(one, "d");

    assertThat(calls).as("a lone request waits for nothing").last().isEqualTo(List.of("d"));
  }

  @Test
  void goesOnAfterAFailure() {
    OneUnderWay one = new OneUnderWay(this::next);

    request(one, "a", "b");
    end.tryEmitError(new IllegalStateException("on purpose")).orThrow();
    assertThat(calls).containsExactly(List.of("a"), List.of("b"));
  }

  @Test
  void isFreeAgainAfterACallThatCouldNotBeMade() {
    AtomicInteger attempts = new AtomicInteger();
    Supplier<@Nullable Mono<Void>> next =
        () -> {
          if (attempts.incrementAndGet() == 1) {
            throw new IllegalStateException("on purpose");
          }
          return attempts.get() == 2 ? Mono.empty() : null;
        };
    OneUnderWay one = new OneUnderWay(next);

    one.request();
    one.request();

    assertThat(attempts).as("the second call ends at once, the third is none").hasValue(3);
  }

  @Test
  void makesThousandsOfCallsThatEndAtOnceOneAfterTheOther() {
    AtomicInteger left = new AtomicInteger(100_000);
    OneUnderWay one = new OneUnderWay(() -> left.getAndDecrement() > 0 ? Mono.empty() : null);

    one.request();

    assertThat(left).hasValue(-1);
  }

  @Test
  void losesNoRequestOfManyThreads() {
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    AtomicInteger underWay = new AtomicInteger();
    List<Integer> most = new ArrayList<>();
    Supplier<@Nullable Mono<Void>> next =
        () -> {
          int all = asked.getAndSet(0);
          return all == 0
              ? null
              : Mono.<Void>fromRunnable(
                      () -> {
                        most.add(underWay.incrementAndGet());
                        done.addAndGet(all);
                        underWay.decrementAndGet();
                      })
                  .subscribeOn(Schedulers.parallel());
        };
    OneUnderWay one = new OneUnderWay(next);
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 40_000; i++) {
        threads.execute(() -> {
          asked.incrementAndGet();
          one.request();
        });
      }
    }
    while (done.get() < 40_000) {
      Thread.onSpinWait();
    }

    assertThat(most).containsOnly(1);
  }
}
