package dev.realtime.gateway.config;

import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import reactor.core.publisher.Mono;

/**
 * Runs the migrations, and runs them again while other transactions hold what they must lock. A
 * migration waits for a lock for a short time only, because everybody who uses the table waits
 * behind it; between two attempts they have their turn.
 */
final class PatientMigration implements FlywayMigrationStrategy {

  private static final Logger log = LoggerFactory.getLogger(PatientMigration.class);

  /** SQLSTATEs of a lock that was not free in time, and of a deadlock. */
  private static final Set<String> LOCKED = Set.of("55P03", "40P01");

  /** The SQLSTATE of a write on a standby. */
  static final String READ_ONLY = "25006";

  private final int attempts;
  private final Duration pause;

  PatientMigration() {
    this(20, Duration.ofSeconds(2));
  }

  /**
   * Sets its limits.
   *
   * @param attempts after how many the failure ends the start
   * @param pause between two attempts; up to half as much again is added at random
   */
  PatientMigration(int attempts, Duration pause) {
    this.attempts = attempts;
    this.pause = pause;
  }

  @Override
  public void migrate(Flyway flyway) {
    refuseStandby(flyway);
    for (int left = attempts - 1; !migrated(flyway, left); left--) {
      // The main thread, before the application is ready: it may wait.
      Mono.delay(pause.plusMillis(ThreadLocalRandom.current().nextLong(pause.toMillis() / 2 + 1)))
          .block();
    }
  }

  /**
   * Ends the start on a standby. Where its tables are up to date it would pass unnoticed until the
   * first write.
   */
  private static void refuseStandby(Flyway flyway) {
    try (Connection connection = flyway.getConfiguration().getDataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select pg_is_in_recovery()")) {
      if (rows.next() && rows.getBoolean(1)) {
        throw new IllegalStateException(
            new SQLException(addressOf(connection) + " is a standby.", READ_ONLY));
      }
    } catch (SQLException | FlywayException unreachable) {
      // The migration meets the same failure, and reports it.
      log.debug("Could not ask whether the server is a standby", unreachable);
    }
  }

  /** Host and port, without the user and the password that the URL may hold. */
  private static String addressOf(Connection connection) throws SQLException {
    URI url = URI.create(connection.getMetaData().getURL().substring("jdbc:".length()));
    return url.getHost() + ":" + url.getPort();
  }

  private static boolean migrated(Flyway flyway, int left) {
    try {
      flyway.migrate();
      return true;
    } catch (FlywayException failure) {
      if (left == 0 || !isLocked(failure)) {
        throw failure;
      }
      log.warn("A migration could not lock a table; {} more attempts follow.", left);
      return false;
    }
  }

  private static boolean isLocked(FlywayException failure) {
    return Stream.<Throwable>iterate(failure, cause -> cause != null, Throwable::getCause)
        .anyMatch(cause -> cause instanceof SQLException sql && isLockState(sql.getSQLState()));
  }

  private static boolean isLockState(@Nullable String state) {
    return state != null && LOCKED.contains(state);
  }
}
