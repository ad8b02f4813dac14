package dev.realtime.gateway.config;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which variable leads to PostgreSQL when there is none at start, or it refuses us. */
final class DatabaseFailureAnalyzer extends AbstractFailureAnalyzer<SQLException> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable failure, SQLException cause) {
    String state = cause.getSQLState();
    // Classes of SQLSTATE: 08 connection, 28 authorization, 3D no such database.
    if (state == null || !state.matches("(08|28|3D).*")) {
      return null;
    }
    return new FailureAnalysis(
        "PostgreSQL cannot be used: " + cause.getMessage(),
        "Start it, or set DATABASE_URL to one that runs: postgresql://user:password@host:5432/name.",
        cause);
  }
}
