package dev.realtime.gateway.config;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Names the variable to check if PostgreSQL is down at start, refuses the connection, or is a
 * standby.
 */
final class DatabaseFailureAnalyzer extends AbstractFailureAnalyzer<SQLException> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable failure, SQLException cause) {
    String state = cause.getSQLState();
    if (PatientMigration.READ_ONLY.equals(state)) {
      return new FailureAnalysis(
          "The gateway cannot use this PostgreSQL server, which takes no writes: "
              + cause.getMessage(),
          "Let DATABASE_URL name the primary, or an address that follows it; after a failover, wait"
              + " until the standby is promoted. The gateway does not read from standbys either.",
          cause);
    }
    // Classes of SQLSTATE: 08 connection, 28 authorization, 3D no such database.
    if (state == null || !state.matches("(08|28|3D).*")) {
      return null;
    }
    return new FailureAnalysis(
        "The gateway cannot use PostgreSQL: " + cause.getMessage(),
        "Start PostgreSQL, or check DATABASE_URL: postgresql://user:password@host:5432/name.",
        cause);
  }
}
