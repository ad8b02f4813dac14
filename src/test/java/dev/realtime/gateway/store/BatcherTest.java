package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class BatcherTest {

  private static final Duration REST = Duration.ofMillis(200);

  private final List<List<String>> calls = new CopyOnWriteArrayList<>();
  private final List<String> answers = new CopyOnWriteArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private Sinks.Empty<Void> underWay = Sinks.empty();

  private Batcher<String, String> batcher(Duration rest) {
    return Batcher.named("letters")
        .groupsOf(3)
        .waiting(4)
        .resting(rest)
        .calling(letter -> letter, this::call);
  }

  /** Ends when {@link #underWay} does. */
  private Mono<List<String>> call(List<String> group) {
    calls.add(group);
    underWay = Sinks.empty();
    return underWay
        .asMono()
        .then(
            Mono.fromSupplier(() -> {
              if (group.contains("down") && group.size() == 1) {
                throw new StoreUnreachableException("down");
              }
              if (group.contains("bad")) {
                throw new IllegalArgumentException("bad");
              }
              return group.stream().map(letter -> letter + "!").toList();
            }));
  }

  private void endCall() {
    underWay.tryEmitEmpty().orThrow();
  }

  private void submit(Batcher<String, String> batcher, String... letters) {
    for (String letter : letters) {
      batcher.submit(letter).subscribe(answers::add, failures::add);
    }
  }

  @Test
  void putsWhatComesDuringACallIntoTheNext() {
    Batcher<String, String> batcher = batcher(Duration.ZERO);
    submit(batcher, "a", "b", "c", "d", "e");
    assertThat(calls).containsExactly(List.of("a"));
    endCall();
    assertThat(calls).containsExactly(List.of("a"), List.of("b", "c", "d"));
    endCall();
    endCall();
    assertThat(calls).last().isEqualTo(List.of("e"));
    assertThat(answers).containsExactly("a!", "b!", "c!", "d!", "e!");
  }

  @Test
  void keepsEqualKeysInDifferentCalls() {
    Batcher<String, String> batcher = batcher(Duration.ZERO);
    submit(batcher, "a", "b", "b");
    endCall();
    endCall();
    assertThat(calls).containsExactly(List.of("a"), List.of("b"), List.of("b"));
  }

  @Test
  void passesOverEqualKeysAndKeepsTheirOrder() {
    List<List<String>> keyed = new ArrayList<>();
    Sinks.Empty<Void> first = Sinks.empty();
    Batcher<String, String> batcher =
        Batcher.named("words")
            .groupsOf(3)
            .calling(
                word -> word.charAt(0),
                group -> {
                  keyed.add(group);
                  return keyed.size() == 1 ? first.asMono().thenReturn(group) : Mono.just(group);
                });
    submit(batcher, "x", "a1", "a2", "a3", "b1", "c1", "b2");

    first.tryEmitEmpty().orThrow();

    assertThat(keyed)
        .containsExactly(
            List.of("x"), List.of("a1", "b1", "c1"), List.of("a2", "b2"), List.of("a3"));
    assertThat(answers).containsExactly("x", "a1", "b1", "c1", "a2", "b2", "a3");
  }

  @Test
  void stopsTryingOneByOneOnceTheStoreIsDown() {
    Batcher<String, String> batcher = Batcher.named("letters").calling(this::call);
    submit(batcher, "a", "bad", "b", "down", "c", "d");
    endCall(); // of "a"
    // The group fails because of the bad letter; a call of its own tells of each what it is.
    batcher.submit("later").subscribe(answers::add, failures::add);
    while (!underWay.tryEmitEmpty().isFailure()) {
      assertThat(calls).hasSizeLessThan(10);
    }

    assertThat(calls)
        .containsExactly(
            List.of("a"),
            List.of("bad", "b", "down", "c", "d"),
            List.of("bad"),
            List.of("b"),
            List.of("down"),
            List.of("later"));
    assertThat(answers).containsExactly("a!", "b!", "later!");
    assertThat(failures).hasSize(4);
  }

  @Test
  void gathersWhatComesDuringARest() {
    Batcher<String, String> batcher = batcher(REST);
    submit(batcher, "a");
    assertThat(calls).as("a lone one goes at once").containsExactly(List.of("a"));
    endCall();
    assertThat(answers).as("and is answered at once").containsExactly("a!");
    submit(batcher, "b", "c");
    assertThat(calls).hasSize(1);

    await().atMost(Duration.ofSeconds(5)).until(() -> calls.size() == 2);

    assertThat(calls).last().isEqualTo(List.of("b", "c"));
  }

  @Test
  void failsOneBadItemAlone() {
    Batcher<String, String> batcher = batcher(Duration.ZERO);
    submit(batcher, "a", "b", "bad", "c");
    endCall();
    endCall();
    assertThat(failures).as("the group is tried one by one").isEmpty();
    endCall();
    endCall();
    endCall();
    assertThat(answers).containsExactly("a!", "b!", "c!");
    assertThat(failures).singleElement().isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesWhatHasNoRoom() {
    Batcher<String, String> batcher = batcher(Duration.ZERO);
    submit(batcher, "a", "b", "c", "d", "e", "f");
    assertThat(failures)
        .singleElement()
        .isInstanceOfSatisfying(
            GatewayException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }
}
