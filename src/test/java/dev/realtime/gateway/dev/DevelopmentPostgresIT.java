package dev.realtime.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DevelopmentPostgresIT {

  /** Of all tests: to make the data of a new server takes longer than anything they do with it. */
  @TempDir private static Path folder;

  @AutoClose
  private static final DevelopmentPostgres TEMPORARY = DevelopmentPostgres.startTemporary();

  @Test
  void isDurableAndSpeaksUnicode() throws SQLException {
    assertThat(ask(TEMPORARY, "show fsync")).isEqualTo("on");
    assertThat(ask(TEMPORARY, "show synchronous_commit")).isEqualTo("on");
    assertThat(ask(TEMPORARY, "show full_page_writes")).isEqualTo("on");
    assertThat(ask(TEMPORARY, "show listen_addresses")).isEqualTo("127.0.0.1");
    assertThat(ask(TEMPORARY, "show server_encoding")).isEqualTo("UTF8");
  }

  @Test
  void keepsWhatWasCommittedWhenKilled() throws SQLException {
    run(TEMPORARY, "create table t(x int); insert into t values (7)");
    String url = TEMPORARY.databaseUrl();

    TEMPORARY.kill();
    assertThatThrownBy(() -> ask(TEMPORARY, "select x from t")).isInstanceOf(SQLException.class);
    TEMPORARY.restart();

    assertThat(TEMPORARY.databaseUrl()).isEqualTo(url);
    assertThat(ask(TEMPORARY, "select x from t")).isEqualTo("7");
  }

  @Test
  void makesEmptyDatabases() {
    String url = TEMPORARY.createDatabase("other");

    assertThat(url).endsWith("/other").startsWith("postgresql://");
    assertThatThrownBy(() -> TEMPORARY.createDatabase("drop table; --"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void keepsItsDataFromRunToRun() throws SQLException {
    try (var first = DevelopmentPostgres.start(folder)) {
      run(first, "create table t(x int); insert into t values (1)");
    }
    try (var second = DevelopmentPostgres.start(folder)) {
      assertThat(ask(second, "select x from t")).isEqualTo("1");
    }
  }

  @Test
  void attachesToAServerWhoseOwnerLives() throws Exception {
    try (var first = DevelopmentPostgres.start(folder)) {
      run(first, "create table attached(x int); insert into attached values (1)");
      nameAnotherOwner(ProcessHandle.of(1).orElseThrow());

      Instant begin = Instant.now();
      try (var second = DevelopmentPostgres.start(folder)) {
        assertThat(second.port()).isEqualTo(first.port());
        assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(5));
      }

      assertThat(ask(first, "select x from attached")).isEqualTo("1");
      Files.delete(folder.resolve("postgres.owner"));
    }
  }

  @Test
  void stopsAnAttachedServerWhoseOwnerIsDead() throws Exception {
    var first = DevelopmentPostgres.start(folder);
    Files.writeString(folder.resolve("postgres.owner"), "999999999 never");

    try (var second = DevelopmentPostgres.start(folder)) {
      assertThat(second.port()).isEqualTo(first.port());
    }

    assertThatThrownBy(() -> ask(first, "select 1")).isInstanceOf(SQLException.class);
    first.close();
  }

  private void nameAnotherOwner(ProcessHandle process) throws Exception {
    Files.writeString(
        folder.resolve("postgres.owner"),
        process.pid() + " " + process.info().startInstant().map(Instant::toString).orElse(""));
  }

  private static void run(DevelopmentPostgres postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String ask(DevelopmentPostgres postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static Connection connect(DevelopmentPostgres postgres) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/gateway", "postgres", "postgres");
  }
}
