package dev.realtime.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.config.MigrationConfiguration.MigrationDetails;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.Test;

/** The tables are made and upgraded as instances of one or two releases start. */
class MigrationIT {

  private static final String PRESENT = Migrations.PRESENT;
  private static final String NEXT = "classpath:db/next";

  private final TestDatabase database = TestDatabase.empty();

  @Test
  void changesNothingTheSecondTime() {
    assertThat(flyway(PRESENT).migrate().migrationsExecuted).isPositive();
    assertThat(flyway(PRESENT).migrate().migrationsExecuted).isZero();
  }

  @Test
  void runsOnceWhenTwoInstancesStartTogether() throws Exception {
    List<CompletableFuture<Void>> instances =
        List.of(
            CompletableFuture.runAsync(() -> migrate(PRESENT)),
            CompletableFuture.runAsync(() -> migrate(PRESENT)));
    for (CompletableFuture<Void> instance : instances) {
      instance.get(60, TimeUnit.SECONDS);
    }
    assertThat(database.count("flyway_schema_history where not success")).isZero();
    assertThat(
            database.number(
                "select max(times) from (select count(*) as times from flyway_schema_history"
                    + " group by script) scripts"))
        .isOne();
  }

  @Test
  void letsAnOlderInstanceStartBesideNewerOnes() {
    migrate(PRESENT, NEXT);
    migrate(PRESENT);
    assertThat(database.count("pg_proc where proname = 'count_unread_v2'")).isOne();
  }

  @Test
  void buildsAnIndexWhileOthersWrite() throws Exception {
    migrate(PRESENT);
    CompletableFuture<Void> newer;
    try (TestDatabase.Lock _ = database.hold("lock table messages in row exclusive mode")) {
      newer = newerInstance();
      // Longer than any other migration waits for a lock.
      assertWaits(newer);
      database.run("delete from messages");
    }
    newer.get(30, TimeUnit.SECONDS);
    assertThat(
            database.count(
                "pg_index where indexrelid = 'messages_by_sender'::regclass and indisvalid"))
        .isOne();
  }

  @Test
  void triesAgainWhileSomebodyHoldsTheTable() throws Exception {
    migrate(PRESENT);
    CompletableFuture<Void> newer;
    try (LogCapture logged = new LogCapture();
        TestDatabase.Lock _ = database.hold("lock table chats in row exclusive mode")) {
      newer = newerInstance();
      await().until(() -> logged.lines().toString().contains("could not lock a table"));
    }
    newer.get(30, TimeUnit.SECONDS);
    assertThat(database.count("chats where colour is not null")).isZero();
  }

  @Test
  void failsWhenTheTableIsHeldForTooLong() {
    migrate(PRESENT);
    PatientMigration hasty = new PatientMigration(2, Duration.ofMillis(1));
    try (TestDatabase.Lock _ = database.hold("lock table chats in row exclusive mode")) {
      assertThatThrownBy(() -> hasty.migrate(flyway(PRESENT, NEXT)))
          .isInstanceOf(FlywayException.class)
          .hasMessageContaining("lock timeout");
    }
  }

  @Test
  void waitsNeitherForAServerNorForAnAnswerWithoutALimit() {
    assertThat(new MigrationDetails(DatabaseUrl.parse(database.url())).getJdbcUrl())
        .contains("connectTimeout=5", "loginTimeout=10", "socketTimeout=600");
  }

  private static void assertWaits(CompletableFuture<Void> instance) {
    assertThatThrownBy(() -> instance.get(3, TimeUnit.SECONDS))
        .isInstanceOf(TimeoutException.class);
  }

  private CompletableFuture<Void> newerInstance() {
    return CompletableFuture.runAsync(() -> migrate(PRESENT, NEXT));
  }

  private void migrate(String... locations) {
    new PatientMigration(20, Duration.ofMillis(100)).migrate(flyway(locations));
  }

  private Flyway flyway(String... locations) {
    return Migrations.flyway(database.url(), locations);
  }
}
