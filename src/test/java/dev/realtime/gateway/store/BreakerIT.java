package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.support.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.netty.resources.LoopResources;

/** What real outages, and what only looks like one, do to the breaker. */
@Timeout(90)
class BreakerIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int CALLS = 20;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final LoopResources loops = LoopResources.create("breaker-test", 1, true);
  private final TestDatabase beside = TestDatabase.fresh();
  private final Database database =
      new Database(
          ConnectionFactoryOptions.parse(beside.url().replace("postgresql:", "r2dbc:postgresql:")),
          loops,
          5,
          meters);
  private final List<Boolean> states = new CopyOnWriteArrayList<>();

  @BeforeEach
  void begin() {
    database.breaker().ask().block(LIMIT);
    database.breaker().states().subscribe(states::add);
    ask();
  }

  @AfterEach
  void close() {
    database.close();
    loops.dispose();
  }

  private void ask() {
    database.sql("select 1").then().block(LIMIT);
  }

  private double gauge() {
    return meters.get("gateway.database.breaker").gauge().value();
  }

  private void assertRefusesAtOnce() {
    long asked = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      assertThatThrownBy(this::ask)
          .satisfies(failure -> {
            GatewayException refusal = Objects.requireNonNull(Failures.refusal(failure));
            assertThat(refusal.retryAfter()).isBetween(Duration.ofSeconds(1), LIMIT);
          });
    }
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(2));
    assertThat(gauge()).isEqualTo(1);
    assertThat(meters.get("gateway.database.refused").functionCounter().count())
        .isGreaterThanOrEqualTo(CALLS);
  }

  private void awaitClosed() {
    await().atMost(LIMIT).until(() -> !database.breaker().isOpen());
    ask();
    assertThat(gauge()).isZero();
    assertThat(states).containsExactly(false, true, false);
  }

  @Test
  void refusesAtOnceWhileTheServerAnswersNothing() {
    try (TestDatabase.Stopped _ = beside.stopServer()) {
      // Nobody uses the database meanwhile: the instance finds out by itself.
      await().atMost(LIMIT).until(() -> database.breaker().isOpen());
      assertRefusesAtOnce();
    }
    awaitClosed();
  }

  /** Nobody waits for a connection that PostgreSQL will not open. */
  @Test
  void endsTheWaitsForAConnectionWhenItOpens() {
    Map<Integer, Long> ended = new ConcurrentHashMap<>();
    AtomicLong opened = new AtomicLong();
    int asked = 0;
    try (TestDatabase.Stopped _ = beside.stopServer()) {
      database
          .breaker()
          .states()
          .filter(open -> open)
          .next()
          .subscribe(_ -> opened.set(System.nanoTime()));
      // The first call uses the connection that there is; the others need new ones.
      while (opened.get() == 0 && asked < 300) {
        int call = asked++;
        database
            .sql("select 1")
            .then()
            .doFinally(_ -> ended.put(call, System.nanoTime()))
            .subscribe(null, _ -> {});
        await().pollDelay(Duration.ofMillis(100)).until(() -> true);
      }
      int calls = asked;
      await().atMost(LIMIT).until(() -> ended.size() == calls);
    }
    ended.remove(0);
    assertThat(ended.values())
        .allSatisfy(end ->
            assertThat(Duration.ofNanos(end - opened.get())).isLessThan(Duration.ofMillis(500)));
    awaitClosed();
  }

  @Test
  void refusesAtOnceWhileTheServerAdmitsNobody() {
    beside.shut();
    await().atMost(LIMIT).until(() -> database.breaker().isOpen());
    assertRefusesAtOnce();
    beside.admit();
    awaitClosed();
  }

  @Test
  void staysClosedWhenConnectionsEndOrAreHeldUp() {
    beside.run(
        "create table words (word text primary key)",
        "select pg_terminate_backend(pid) from pg_stat_activity"
            + " where datname = current_database() and pid <> pg_backend_pid()");
    await().atMost(LIMIT).ignoreExceptions().untilAsserted(this::ask);
    try (TestDatabase.Lock _ = beside.hold("lock table words in access exclusive mode")) {
      for (int i = 0; i < 50; i++) {
        database.sql("select word from words").map(row -> row.text("word")).list().subscribe();
      }
      // A slow statement, and a pool that is in use: neither is an outage.
      database.sql("select pg_sleep(4)").then().onErrorComplete().block(LIMIT);
    }
    assertThat(states).containsExactly(false);
  }
}
