package dev.realtime.gateway.config;

import dev.realtime.gateway.config.MigrationConfiguration.MigrationDetails;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/** Flyway as an instance has it, without the instance. */
public final class Migrations {

  static final String PRESENT = "classpath:db/migration";

  private Migrations() {}

  /** Gives a database the schema of this release. */
  public static void run(String databaseUrl) {
    new PatientMigration().migrate(flyway(databaseUrl, PRESENT));
  }

  static Flyway flyway(String databaseUrl, String... locations) {
    DatabaseUrl url = DatabaseUrl.parse(databaseUrl);
    MigrationDetails details = new MigrationDetails(url);
    FluentConfiguration configuration =
        Flyway.configure()
            .dataSource(details.getJdbcUrl(), details.getUsername(), details.getPassword())
            .locations(locations);
    new MigrationConfiguration().migrationRules(url).customize(configuration);
    return configuration.load();
  }
}
