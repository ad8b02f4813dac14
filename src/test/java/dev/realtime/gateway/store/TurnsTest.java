package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

@Timeout(30)
class TurnsTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Turns turns = new Turns(new Bulkhead("test", 3, 4), 4);
  private final List<String> begun = new CopyOnWriteArrayList<>();

  private Mono<String> work(String name, Mono<String> end) {
    return Mono.defer(() -> {
      begun.add(name);
      return end;
    });
  }

  @Test
  void runOneAtATimePerKeyInTheOrderTheyCame() {
    Sinks.One<String> first = Sinks.one();
    turns.take("a", work("a1", first.asMono())).subscribe();
    turns.take("a", work("a2", Mono.just("done"))).subscribe();
    StepVerifier.create(turns.take("b", work("b1", Mono.just("done"))))
        .expectNext("done")
        .verifyComplete();
    assertThat(begun).containsExactly("a1", "b1");
    first.tryEmitValue("done");
    await().atMost(LIMIT).until(() -> begun.contains("a2"));
  }

  @Test
  void leaveTheWorkAndLaterTurnsAloneWhenSomebodyGivesUp() {
    Sinks.One<String> end = Sinks.one();
    AtomicInteger ended = new AtomicInteger();
    turns
        .take("a", work("a1", end.asMono().doOnNext(_ -> ended.incrementAndGet())))
        .subscribe()
        .dispose();
    Mono<String> second = turns.take("a", work("a2", Mono.just("done")));
    end.tryEmitValue("done");
    assertThat(second.block(LIMIT)).isEqualTo("done");
    assertThat(ended).hasValue(1);
  }

  @Test
  void refuseOneMoreThanMayWait() {
    List<Throwable> refused = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      turns.take("a", work("a" + i, Mono.never())).subscribe(null, refused::add);
    }
    assertThat(refused)
        .singleElement()
        .isInstanceOfSatisfying(
            GatewayException.class, why -> assertThat(why.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    assertThat(begun).containsExactly("a0");
  }

  @Test
  void endATurnThatFails() {
    turns
        .take("a", work("a1", Mono.error(new IllegalStateException("bad"))))
        .onErrorComplete()
        .block(LIMIT);
    assertThat(turns.take("a", work("a2", Mono.just("done"))).block(LIMIT)).isEqualTo("done");
    assertThat(turns.take("a", Mono.<String>empty()).block(LIMIT)).isNull();
  }

  @Test
  void boundWhatRunsAtATimeOverAllKeys() {
    for (String key : List.of("a", "b", "c", "d")) {
      turns.take(key, work(key, Mono.never())).subscribe();
    }
    assertThat(begun).hasSize(3);
  }

  /** Each of them ends within the end of the one before. */
  @Test
  void thousandsThatEndAtOnceEndOneAfterTheOther() {
    Turns many = new Turns(new Bulkhead("test", 1, 10_000), 10_000);
    Sinks.One<String> first = Sinks.one();
    many.take("a", first.asMono()).subscribe();
    AtomicInteger ended = new AtomicInteger();
    for (int i = 0; i < 5_000; i++) {
      many.take("a", Mono.just("done")).subscribe(_ -> ended.incrementAndGet());
    }
    first.tryEmitValue("done");
    await().atMost(LIMIT).until(() -> ended.get() == 5_000);
    assertThat(many.take("a", Mono.just("last")).block(LIMIT)).isEqualTo("last");
  }

  @Test
  void thousandsThatAreRefusedTogetherLeaveTheKeyOpen() {
    Turns many = new Turns(new Bulkhead("test", 1, 1), 10_000);
    Sinks.One<String> other = Sinks.one();
    Sinks.One<String> first = Sinks.one();
    many.take("a", first.asMono()).subscribe();
    List<Throwable> refused = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      many.take("a", Mono.just("done")).subscribe(null, refused::add);
    }
    many.take("b", other.asMono()).subscribe(null, refused::add);
    many.take("c", Mono.just("done")).subscribe(null, refused::add);
    first.tryEmitValue("done");
    other.tryEmitValue("done");
    await()
        .atMost(LIMIT)
        .ignoreExceptions()
        .until(() -> "last".equals(many.take("a", Mono.just("last")).block(LIMIT)));
  }
}
