package dev.realtime.gateway.config;

import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.boot.flyway.autoconfigure.FlywayConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Sets Flyway up: it makes and upgrades the tables at start, beside older and newer instances that
 * run on the same database.
 */
@Configuration(proxyBeanMethods = false)
final class MigrationConfiguration {

  /** Seconds for which an instance waits while another one migrates. */
  private static final int WAIT_FOR_OTHERS = 100;

  // Flyway needs connection details of both kinds: the first kind enables it, the second kind keeps
  // it from asking for a DataSource, which a reactive application does not have.
  @Bean
  MigrationDetails migrationDetails(DatabaseUrl url) {
    return new MigrationDetails(url);
  }

  @Bean
  FlywayConfigurationCustomizer migrationRules(DatabaseUrl url) {
    return configuration -> {
      // Flyway creates the schema that the URL names, and keeps its history there.
      if (url.schema() != null) {
        configuration.defaultSchema(url.schema());
      }
      configuration.lockRetryCount(WAIT_FOR_OTHERS);
      // During a rollout an older instance may start again: it does not have the tables and
      // functions that a newer one has made already.
      configuration.ignoreMigrationPatterns("*:future", "repeatable:missing");
      // A lock held by an open transaction would make CREATE INDEX CONCURRENTLY wait for itself.
      configuration
          .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
          .setTransactionalLock(false);
    };
  }

  @Bean
  PatientMigration migrationStrategy() {
    return new PatientMigration();
  }

  record MigrationDetails(DatabaseUrl url)
      implements JdbcConnectionDetails, FlywayConnectionDetails {

    /**
     * In seconds: 5 to connect, 10 to log in, 600 for the answer to one statement. Two for a lock:
     * whoever reads or writes the table queues behind a migration that waits for it.
     */
    private static final String LIMITS =
        "&connectTimeout=5&loginTimeout=10&socketTimeout=600&tcpKeepAlive=true"
            + "&options=-c%20lock_timeout=2s&ApplicationName=realtime-gateway-migration";

    @Override
    public String getUsername() {
      return url.user();
    }

    @Override
    public String getPassword() {
      return url.password();
    }

    @Override
    public String getJdbcUrl() {
      return url.jdbcUrl() + LIMITS;
    }

    @Override
    public String getDriverClassName() {
      return JdbcConnectionDetails.super.getDriverClassName();
    }
  }
}
