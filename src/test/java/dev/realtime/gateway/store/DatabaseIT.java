package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.support.FaultyLink;
import dev.realtime.gateway.support.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

@Timeout(60)
class DatabaseIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int CONNECTIONS = 3;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final LoopResources loops = LoopResources.create("database-test", 1, true);
  private final TestDatabase beside = TestDatabase.fresh();
  private final FaultyLink link = new FaultyLink(URI.create(beside.url()).getPort());
  private final Database database =
      new Database(options(beside.url(), link.port()), loops, CONNECTIONS, meters);

  private static ConnectionFactoryOptions options(String url, int port) {
    return ConnectionFactoryOptions.parse(
        url.replace("postgresql:", "r2dbc:postgresql:")
            .replace(":" + URI.create(url).getPort(), ":" + port));
  }

  @BeforeEach
  void createTable() {
    beside.run("create table words (word text primary key)");
  }

  @AfterEach
  void close() {
    database.close();
    link.close();
    loops.dispose();
  }

  private Mono<Void> insert(String word) {
    return database.sql("insert into words values (:word)").bind("word", word).then();
  }

  private double caught(String how) {
    return meters.get("gateway.database.connections.caught").tag("how", how).counter().count();
  }

  private double connections(String state) {
    return meters.get("gateway.database.connections").tag("state", state).gauge().value();
  }

  private static @Nullable GatewayException refusal(Throwable failure) {
    return Failures.refusal(failure);
  }

  @Test
  void leavesAllOrNothingAndNoTransactionOpenForACallerWhoGivesUp() {
    link.slow(3);
    List<Disposable> calls = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Mono<Void> pair = insert("left " + i).then(insert("right " + i));
      Disposable call = database.inTransaction(pair).onErrorComplete().subscribe();
      calls.add(call);
      Mono.delay(Duration.ofMillis(ThreadLocalRandom.current().nextLong(20)))
          .doOnNext(_ -> call.dispose())
          .block(LIMIT);
    }
    assertThat(calls).allMatch(Disposable::isDisposed);

    await().atMost(LIMIT).until(() -> connections("used") == 0);
    // Nobody waited, and all of it was done.
    assertThat(beside.count("words")).isEqualTo(120);
    assertThat(beside.idleInTransaction(Duration.ZERO)).isZero();
    assertThat(caught("open_on_return")).isZero();
  }

  @Test
  void runsWhatFollowsACommitThoughNobodyWaits() {
    AtomicInteger effects = new AtomicInteger();
    Mono<Void> work = insert("word").then(database.afterCommit(effects::incrementAndGet));
    database.inTransaction(work).subscribe().dispose();
    await().atMost(LIMIT).until(() -> effects.get() == 1);
    assertThat(beside.count("words")).isEqualTo(1);
  }

  @Test
  void rollsBackWhatFailsWithoutEffects() {
    AtomicInteger effects = new AtomicInteger();
    Mono<Void> work =
        insert("one")
            .then(database.afterCommit(effects::incrementAndGet))
            .then(database.inTransaction(insert("one")));
    assertThatThrownBy(() -> database.inTransaction(work).block(LIMIT))
        .isInstanceOf(R2dbcDataIntegrityViolationException.class);
    assertThat(beside.count("words")).isZero();
    assertThat(effects).hasValue(0);
    insert("one").block(LIMIT);
  }

  @Test
  void closesAConnectionThatComesBackInATransaction() {
    // Work that begins a transaction by itself: a fault no caller can be kept from.
    database.sql("begin").then().block(LIMIT);
    await().atMost(LIMIT).until(() -> caught("open_on_return") == 1);
    insert("word").block(LIMIT);
    await().atMost(LIMIT).until(() -> connections("used") == 0);
    assertThat(beside.count("words")).isEqualTo(1);
    assertThat(beside.idleInTransaction(Duration.ZERO)).isZero();
  }

  @Test
  void tellsThatTheServerEndedAnIdleTransaction() {
    Database impatient =
        new Database(
            options(beside.url(), link.port())
                .mutate()
                .option(
                    PostgresqlConnectionFactoryProvider.OPTIONS,
                    Map.of("idle_in_transaction_session_timeout", "300ms"))
                .build(),
            loops,
            CONNECTIONS,
            meters,
            Duration.ofMillis(300));
    Mono<Void> work = insert("word").then(Mono.delay(Duration.ofMillis(800))).then(insert("more"));
    assertThatThrownBy(() -> impatient.inTransaction(work).block(LIMIT))
        .satisfies(failure -> assertThat(refusal(failure)).isNotNull());
    assertThat(caught("idle_in_transaction")).isEqualTo(1);
    assertThat(beside.count("words")).isZero();
    impatient.sql("insert into words values ('after')").then().block(LIMIT);
    impatient.close();
  }

  @Test
  void givesUpASilentServerInTimeAndClosesItsConnections() {
    insert("before").block(LIMIT);
    long asked = System.nanoTime();
    try (TestDatabase.Stopped _ = beside.stopServer()) {
      Mono<Void> silent = insert("asked");
      assertThatThrownBy(() -> silent.block(LIMIT))
          .hasCauseInstanceOf(TimeoutException.class)
          .satisfies(failure ->
              assertThat(Objects.requireNonNull(refusal(failure)).sentence())
                  .contains("may have been carried out"));
      assertThat(Duration.ofNanos(System.nanoTime() - asked))
          .isBetween(StoreConnection.ANSWER, StoreConnection.ANSWER.plusSeconds(3));
      // One that cannot be opened is told sooner: nothing was asked.
      assertThatThrownBy(() -> insert("never").block(LIMIT))
          .satisfies(failure ->
              assertThat(Objects.requireNonNull(refusal(failure)).sentence())
                  .doesNotContain("may have been done"));
      assertThat(connections("used")).isZero();
    }
    await()
        .atMost(LIMIT)
        .ignoreExceptions()
        .untilAsserted(() -> insert("after").block(Duration.ofSeconds(5)));
    assertThat(beside.count("words where word = 'never'")).isZero();
  }

  @Test
  void tellsAHeldRowAsNotDone() {
    beside.run("insert into words values ('held')");
    try (TestDatabase.Lock _ = beside.lock("words where word = 'held'")) {
      Mono<Void> update =
          database.sql("update words set word = 'other' where word = 'held'").then();
      Mono<Void> work = database.sql("set local lock_timeout = 100").then().then(update);
      assertThatThrownBy(() -> database.inTransaction(work).block(LIMIT))
          .satisfies(failure ->
              assertThat(Objects.requireNonNull(refusal(failure)).sentence())
                  .doesNotContain("may have been done"));
    }
    assertThat(beside.idleInTransaction(Duration.ZERO)).isZero();
  }
}
