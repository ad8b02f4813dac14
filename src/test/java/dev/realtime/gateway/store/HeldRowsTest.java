package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

@Timeout(30)
class HeldRowsTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Sinks.One<Boolean> free = Sinks.one();
  private final List<List<Integer>> groups = new CopyOnWriteArrayList<>();
  private final HeldRows<Integer, String> rows =
      new HeldRows<>(new Bulkhead("test", 2, 10), 100, draft -> draft, this::write);

  private Mono<List<String>> write(List<Integer> group) {
    groups.add(group);
    return free.asMono().map(_ -> group.stream().map(String::valueOf).toList());
  }

  @Test
  void thousandsThatWaitAreWrittenInGroupsOnceTheRowIsFreeAndTheNextOneToo() {
    AtomicInteger written = new AtomicInteger();
    for (int i = 0; i < 2_000; i++) {
      rows.submit("row", i).subscribe(_ -> written.incrementAndGet());
    }
    free.tryEmitValue(true);
    await().atMost(LIMIT).until(() -> written.get() == 2_000);
    assertThat(groups.size()).isBetween(20, 22);
    assertThat(rows.submit("row", 2_000).block(LIMIT)).isEqualTo("2000");
  }

  @Test
  void writesEqualKeysApart() {
    List<String> written = new CopyOnWriteArrayList<>();
    rows.submit("row", 1).subscribe(written::add);
    rows.submit("row", 1).subscribe(written::add);
    free.tryEmitValue(true);
    await().atMost(LIMIT).until(() -> written.size() == 2);
    assertThat(groups).containsExactly(List.of(1), List.of(1));
  }

  @Test
  void tellsAFailedWriteToItsWholeGroupAndGoesOn() {
    AtomicInteger calls = new AtomicInteger();
    HeldRows<Integer, String> failing =
        new HeldRows<>(
            new Bulkhead("test", 2, 10),
            100,
            draft -> draft,
            group -> {
              if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("bad");
              }
              return Mono.just(group.stream().map(String::valueOf).toList());
            });
    List<Throwable> failures = new ArrayList<>();
    failing.submit("row", 1).subscribe(null, failures::add);
    assertThat(failures).hasSize(1);
    assertThat(failing.submit("row", 2).block(LIMIT)).isEqualTo("2");
  }
}
