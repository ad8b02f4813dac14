package dev.realtime.gateway.config;

import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.postgresql.client.SSLMode;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Configures the connections of the store from {@code DATABASE_URL}. */
@Configuration(proxyBeanMethods = false)
final class DatabaseConfiguration {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  // No query of the gateway takes long; a long one blocks a lane, and a lock that others wait for.
  // The server ends the statement before the gateway gives up the connection.
  private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(8);
  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

  // Every query uses an index, and PostgreSQL caches its plan: a plan made while a table was empty
  // must not scan the table later. Compiling such short queries costs more than running them.
  private static final Map<String, String> SETTINGS =
      Map.of(
          "enable_seqscan", "off",
          "plan_cache_mode", "force_generic_plan",
          "jit", "off",
          // Limits how long an instance that is stopped or cut off in a transaction holds locks
          // that
          // others wait for.
          "idle_in_transaction_session_timeout", "5s");

  @Bean
  DatabaseUrl databaseUrl(GatewayProperties properties) {
    return DatabaseUrl.parse(properties.database().url());
  }

  @Bean
  ConnectionFactoryOptions databaseOptions(DatabaseUrl url) {
    return optionsOf(url);
  }

  static ConnectionFactoryOptions optionsOf(DatabaseUrl url) {
    ConnectionFactoryOptions.Builder options =
        ConnectionFactoryOptions.builder()
            .option(ConnectionFactoryOptions.DRIVER, "postgresql")
            .option(ConnectionFactoryOptions.HOST, url.host())
            .option(ConnectionFactoryOptions.PORT, url.port())
            .option(ConnectionFactoryOptions.USER, url.user())
            .option(ConnectionFactoryOptions.PASSWORD, url.password())
            .option(ConnectionFactoryOptions.DATABASE, url.database())
            .option(ConnectionFactoryOptions.CONNECT_TIMEOUT, CONNECT_TIMEOUT)
            .option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, "realtime-gateway")
            .option(PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE, true)
            // The driver would search the class path at each connection and find nothing.
            .option(PostgresqlConnectionFactoryProvider.AUTODETECT_EXTENSIONS, false)
            .option(PostgresqlConnectionFactoryProvider.OPTIONS, SETTINGS)
            .option(PostgresqlConnectionFactoryProvider.STATEMENT_TIMEOUT, STATEMENT_TIMEOUT)
            .option(PostgresqlConnectionFactoryProvider.LOCK_WAIT_TIMEOUT, LOCK_TIMEOUT)
            .option(PostgresqlConnectionFactoryProvider.SSL_MODE, SSLMode.fromValue(url.sslMode()));
    if (url.schema() != null) {
      options.option(PostgresqlConnectionFactoryProvider.SCHEMA, url.schema());
    }
    return options.build();
  }
}
