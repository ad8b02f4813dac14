package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class BulkheadTest {

  private final Bulkhead bulkhead = new Bulkhead("test", 2, 3);
  private final List<Integer> begun = new ArrayList<>();
  private final List<Sinks.One<String>> ends =
      IntStream.range(0, 7).mapToObj(_ -> Sinks.<String>one()).toList();

  private Mono<String> task(int number) {
    return bulkhead.run(
        Mono.defer(() -> {
          begun.add(number);
          return ends.get(number).asMono();
        }));
  }

  @Test
  void letsSoManyThroughAndTheOthersInTheirTurn() {
    List<String> done = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      task(i).subscribe(done::add);
    }
    assertThat(begun).containsExactly(0, 1);

    ends.get(1).tryEmitValue("one").orThrow();
    assertThat(begun).containsExactly(0, 1, 2);
    ends.get(0).tryEmitValue("zero").orThrow();
    ends.get(2).tryEmitValue("two").orThrow();

    assertThat(begun).containsExactly(0, 1, 2, 3, 4);
    assertThat(done).containsExactly("one", "zero", "two");
  }

  @Test
  void refusesWhenTooManyWait() {
    for (int i = 0; i < 5; i++) {
      task(i).subscribe();
    }

    StepVerifier.create(task(5))
        .expectErrorMatches(failure ->
            failure instanceof GatewayException refusal && refusal.code() == ErrorCode.UNAVAILABLE)
        .verify();
  }

  @Test
  void keepsAFailureToItselfAndFreesItsPlace() {
    StepVerifier.create(bulkhead.run(Mono.error(new IllegalStateException("on purpose"))))
        .verifyErrorMessage("on purpose");
    StepVerifier.create(bulkhead.run(Mono.empty())).verifyComplete();
    StepVerifier.create(bulkhead.run(Mono.just("next"))).expectNext("next").verifyComplete();
  }
}
