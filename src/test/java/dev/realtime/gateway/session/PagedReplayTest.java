package dev.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.store.Page;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** A paged replay sends every entry once and in order, and reads no page before it can be sent. */
class PagedReplayTest {

  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final int PAGE = 3;

  private final List<Long> reads = new ArrayList<>();
  private final List<Long> sent = new ArrayList<>();

  /** A log of the numbers up to the last one. */
  private PagedReplay<Long> replay(long last) {
    return new PagedReplay<>(
        after -> {
          reads.add(after);
          return Flux.range(1, PAGE)
              .map(step -> after + step)
              .filter(number -> number <= last)
              .collectList()
              .map(numbers -> new Page<>(numbers, numbers.size() == PAGE));
        },
        Long::longValue);
  }

  private Mono<Void> send(long number) {
    return Mono.fromRunnable(() -> sent.add(number));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, 4, 6, 10})
  void sendsEveryEntryOnceAndInOrder(long last) {
    replay(last).send(0, () -> true, this::send).block(DEADLINE);

    assertThat(sent).hasSize((int) last).isSorted().doesNotHaveDuplicates();
    assertThat(reads).hasSize((int) (last / PAGE) + 1);
  }

  @Test
  void readsTheNextPageOnceTheOneBeforeIsSent() {
    Sinks.Empty<Void> socket = Sinks.empty();

    StepVerifier.create(replay(5).send(0, () -> true, _ -> socket.asMono()))
        .then(() -> assertThat(reads).containsExactly(0L))
        .then(socket::tryEmitEmpty)
        .expectComplete()
        .verify(DEADLINE);

    assertThat(reads).containsExactly(0L, 3L);
  }

  @Test
  void stopsWhereItIsNotWantedAnyMore() {
    replay(10).send(0, () -> sent.size() < 4, this::send).block(DEADLINE);

    assertThat(sent).containsExactly(1L, 2L, 3L, 4L);
    assertThat(reads).containsExactly(0L, 3L);
  }
}
