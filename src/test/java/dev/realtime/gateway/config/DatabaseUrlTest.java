package dev.realtime.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.postgresql.client.SSLMode;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseUrlTest {

  @Test
  void readsWhatPrismaWrites() {
    var url =
        DatabaseUrl.parse(
            "postgresql://app:s%40c%2Fr+t@db.example:6543/chat"
                + "?schema=gateway&sslmode=require&connection_limit=5&pgbouncer=true");

    assertThat(url)
        .isEqualTo(
            new DatabaseUrl(
                "db.example",
                6543,
                "app",
                "s@c/r+t",
                "chat",
                "require",
                "gateway",
                List.of("connection_limit", "pgbouncer")));
    assertThat(url.jdbcUrl())
        .isEqualTo("jdbc:postgresql://db.example:6543/chat?sslmode=require&currentSchema=gateway");
    assertThat(url.toString()).doesNotContain("s@c/r+t");
  }

  @Test
  void fillsInWhatIsLeftOut() {
    assertThat(DatabaseUrl.parse("postgres://app@[::1]/chat"))
        .isEqualTo(new DatabaseUrl("::1", 5432, "app", "", "chat", "prefer", null, List.of()));
    assertThat(DatabaseUrl.parse("postgres://app@[::1]/chat").jdbcUrl())
        .startsWith("jdbc:postgresql://[::1]:5432/chat");
  }

  @Test
  void keepsAnAtSignInThePassword() {
    assertThat(DatabaseUrl.parse("postgresql://app:p@ss:word@h/chat").password())
        .isEqualTo("p@ss:word");
  }

  @Test
  void becomesOptionsOfTheDriver() {
    var options =
        DatabaseConfiguration.optionsOf(
            DatabaseUrl.parse("postgresql://app:pw@h:1/chat?schema=s&sslmode=verify-full"));

    assertThat(options.getValue(ConnectionFactoryOptions.HOST)).isEqualTo("h");
    assertThat(options.getValue(ConnectionFactoryOptions.PORT)).isEqualTo(1);
    assertThat(options.getValue(ConnectionFactoryOptions.USER)).isEqualTo("app");
    assertThat(options.getValue(ConnectionFactoryOptions.PASSWORD)).hasToString("pw");
    assertThat(options.getValue(ConnectionFactoryOptions.DATABASE)).isEqualTo("chat");
    assertThat(options.getValue(PostgresqlConnectionFactoryProvider.SCHEMA)).isEqualTo("s");
    assertThat(options.getValue(PostgresqlConnectionFactoryProvider.SSL_MODE))
        .isEqualTo(SSLMode.VERIFY_FULL);
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://h/chat, begin with postgresql://",
    "mysql://app:secret@h/chat, begin with postgresql://",
    "postgresql://h:5432/chat, no user",
    "postgresql://@h:5432/chat, no user",
    "postgresql://:secret@h:5432/chat, no user",
    "postgresql://app:secret@h:5432, no database",
    "postgresql://app:secret@h:5432/, no database",
    "postgresql://app:secret@:5432/chat, no host",
    "postgresql://app:secret@h:port/chat, port is not a number",
    "postgresql://app:secret@h:0/chat, between 1 and 65535",
    "postgresql://app:secret@h:70000/chat, between 1 and 65535",
    "'postgresql://app:secret@h:1,i:2/chat', one host",
    "postgresql://app:se%cret@h/chat, percent-encoded",
    "postgresql://app:secret@h/chat?sslmode=maybe, sslmode"
  })
  void saysWhatIsWrongWithoutQuotingIt(String url, String message) {
    String expected = message.equals("percent-encoded") ? "%25" : message;
    assertThatThrownBy(() -> DatabaseUrl.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected)
        .satisfies(fault -> assertThat(fault.getMessage()).doesNotContain("secret"));
  }
}
