package dev.realtime.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.config.MigrationConfiguration.MigrationDetails;
import dev.realtime.gateway.dev.DevelopmentPostgres;
import dev.realtime.gateway.store.Database;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.diagnostics.FailureAnalysis;
import reactor.netty.resources.LoopResources;

/** A server that replays what another one writes answers questions, and takes no writes. */
@Timeout(120)
class StandbyIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final DevelopmentPostgres postgres = DevelopmentPostgres.startTemporary();
  private final DatabaseUrl url = DatabaseUrl.parse(postgres.databaseUrl());
  private final LoopResources loops = LoopResources.create("standby-test", 1, true);

  @AfterEach
  void close() {
    postgres.close();
    loops.dispose();
  }

  @Test
  void isRefusedAtStartThoughItsTablesAreUpToDate() {
    migrate();
    becomeStandby();

    assertThatThrownBy(this::migrate)
        .satisfies(failure -> {
          FailureAnalysis analysis = new DatabaseFailureAnalyzer().analyze(failure);
          assertThat(Objects.requireNonNull(analysis).getDescription())
              .contains("127.0.0.1:" + postgres.port() + " is a standby")
              .doesNotContain(url.password());
        });
  }

  @Test
  void countsAsDownUntilItIsPromoted() {
    migrate();
    becomeStandby();
    try (Database database =
        new Database(DatabaseConfiguration.optionsOf(url), loops, 2, new SimpleMeterRegistry())) {
      database.breaker().ask().block(LIMIT);
      assertThat(database.breaker().isOpen()).isTrue();

      ask("select pg_promote()");

      await().atMost(LIMIT).until(() -> !database.breaker().isOpen());
      database.sql("update epoch set id = gen_random_uuid()").then().block(LIMIT);
    }
  }

  /** The copy of a server that is gone, as a replica is after the loss of its primary. */
  private void becomeStandby() {
    Path data = Path.of(ask("show data_directory"));
    postgres.kill();
    try {
      Files.createFile(data.resolve("standby.signal"));
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
    postgres.restart();
    assertThat(ask("select pg_is_in_recovery()")).isEqualTo("t");
  }

  private String ask(String question) {
    MigrationDetails details = new MigrationDetails(url);
    try (Connection connection =
            DriverManager.getConnection(
                details.getJdbcUrl(), details.getUsername(), details.getPassword());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(question)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private void migrate() {
    MigrationDetails details = new MigrationDetails(url);
    FluentConfiguration configuration =
        Flyway.configure()
            .dataSource(details.getJdbcUrl(), details.getUsername(), details.getPassword())
            .locations("classpath:db/migration");
    new MigrationConfiguration().migrationRules(url).customize(configuration);
    new PatientMigration().migrate(configuration.load());
  }
}
