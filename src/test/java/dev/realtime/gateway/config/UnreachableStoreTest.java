package dev.realtime.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisConnectionException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.boot.diagnostics.FailureAnalysis;

class UnreachableStoreTest {

  @Test
  void namesTheVariablesOfRedis() {
    FailureAnalysis analysis =
        new RedisFailureAnalyzer()
            .analyze(
                new IllegalStateException(
                    new RedisConnectionException("Unable to connect to localhost:6379")));
    assertThat(analysis).isNotNull();
    Objects.requireNonNull(analysis);
    assertThat(analysis.getDescription()).contains("Unable to connect to localhost:6379");
    assertThat(analysis.getAction()).contains("REDIS_HOST", "REDIS_PORT");
  }

  @Test
  void tellsWhyRedisCannotBeReached() {
    FailureAnalysis analysis =
        new RedisFailureAnalyzer()
            .analyze(
                new RedisConnectionException(
                    "Unable to connect to localhost/<unresolved>:6379",
                    new IllegalStateException(new IOException("NOAUTH Authentication required."))));
    assertThat(Objects.requireNonNull(analysis).getDescription())
        .isEqualTo(
            "Redis cannot be reached: Unable to connect to localhost:6379:"
                + " NOAUTH Authentication required.");
  }

  @Test
  void namesTheVariableOfPostgresql() {
    FailureAnalysis analysis =
        new DatabaseFailureAnalyzer()
            .analyze(new IllegalStateException(new SQLException("Connection refused", "08001")));
    assertThat(analysis).isNotNull();
    Objects.requireNonNull(analysis);
    assertThat(analysis.getAction()).contains("DATABASE_URL");
  }

  @Test
  void namesThePrimaryWhereTheServerIsAStandby() {
    FailureAnalysis analysis =
        new DatabaseFailureAnalyzer()
            .analyze(new IllegalStateException(new SQLException("db:5432 is a standby.", "25006")));
    assertThat(Objects.requireNonNull(analysis).getDescription()).contains("db:5432 is a standby");
    assertThat(analysis.getAction()).contains("DATABASE_URL", "primary");
  }

  @Test
  void leavesOtherFailuresOfTheDatabaseAlone() {
    assertThat(
            new DatabaseFailureAnalyzer()
                .analyze(new IllegalStateException(new SQLException("syntax error", "42601"))))
        .isNull();
  }
}
