package dev.realtime.gateway.config;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Names the variable to check if PostgreSQL is down at start or refuses the connection. */
final class DatabaseFailureAnalyzer extends AbstractFailureAnalyzer<SQLException> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable failure, SQLException cause) {
    String state = cause.getSQLState();
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
