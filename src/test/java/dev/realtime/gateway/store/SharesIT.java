package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.store.Database.Purpose;
import dev.realtime.gateway.support.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/** The crowd of one purpose waits, and lets the others through. */
@Timeout(120)
class SharesIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** On a busy machine; what waited behind the crowd would wait for much longer. */
  private static final Duration SOON = Duration.ofMillis(900);

  private final LoopResources loops = LoopResources.create("shares-test", 1, true);
  private final TestDatabase beside = TestDatabase.fresh();
  private final Database database =
      new Database(
          ConnectionFactoryOptions.parse(beside.url().replace("postgresql:", "r2dbc:postgresql:")),
          loops,
          10,
          new SimpleMeterRegistry());

  @BeforeEach
  void createTable() {
    beside.run("create table words (word text primary key)", "insert into words values ('held')");
    // The connections are open when the crowd comes.
    Mono.when(IntStream.range(0, 40).mapToObj(_ -> read("select pg_sleep(0.05)")).toList())
        .block(LIMIT);
    Mono.when(IntStream.range(0, 40).mapToObj(_ -> database.inTransaction(insert())).toList())
        .block(LIMIT);
  }

  @AfterEach
  void close() {
    database.close();
    loops.dispose();
  }

  private Mono<List<Integer>> read(String sql) {
    return database.sql(sql).map(_ -> 1).list();
  }

  private Mono<Void> insert() {
    return database.sql("insert into words values (gen_random_uuid()::text)").then();
  }

  private Batcher<String, String> group() {
    return Batcher.named("words").calling(words -> insert().thenReturn(words));
  }

  private static Duration timeOf(Mono<?> work) {
    long asked = System.nanoTime();
    work.block(LIMIT);
    return Duration.ofNanos(System.nanoTime() - asked);
  }

  @Test
  void aStormOfReplaysWaitsAndDelaysNobodyElse() throws Exception {
    List<CompletableFuture<List<Integer>>> storm =
        IntStream.range(0, 24)
            .mapToObj(_ -> Purpose.REPLAYS.of(read("select pg_sleep(1)")).toFuture())
            .toList();

    assertThat(timeOf(read("select 1"))).isLessThan(SOON);
    assertThat(timeOf(group().submit("word"))).isLessThan(SOON);
    assertThat(timeOf(database.inTransaction(insert()))).isLessThan(SOON);
    assertThat(timeOf(Purpose.SAFETY_NET.of(read("select 1")))).isLessThan(SOON);

    for (CompletableFuture<List<Integer>> each : storm) {
      assertThat(each.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).hasSize(1);
    }
  }

  @Test
  void changesThatWaitForALockDelayNobodyElse() {
    Mono<Void> update = database.sql("update words set word = 'held' where word = 'held'").then();
    try (TestDatabase.Lock _ = beside.lock("words where word = 'held'")) {
      IntStream.range(0, 50).forEach(_ -> update.onErrorComplete().subscribe());
      assertThat(timeOf(read("select 1"))).isLessThan(SOON);
      assertThat(timeOf(group().submit("word"))).isLessThan(SOON);
      assertThat(timeOf(Purpose.SAFETY_NET.of(read("select 1")))).isLessThan(SOON);
      assertThat(beside.count("pg_locks where not granted")).isBetween(1L, 4L);
    }
  }
}
