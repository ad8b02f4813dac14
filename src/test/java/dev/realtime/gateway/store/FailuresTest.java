package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisLoadingException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcPermissionDeniedException;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.pool.PoolAcquireTimeoutException;

class FailuresTest {

  private static Throwable refused(String sqlState) {
    return new R2dbcNonTransientResourceException("refused", sqlState);
  }

  /** Of connections, of shutdown and start, of resources, of conflicts, of locks. */
  @ParameterizedTest
  @ValueSource(
      strings = {"08006", "08003", "57P01", "57P03", "53300", "53100", "40001", "55P03", "25P03"})
  void tellAnOutageAsUnavailable(String sqlState) {
    assertThat(Failures.isTransient(refused(sqlState))).isTrue();
    assertThat(Failures.isTransient(new IllegalStateException(refused(sqlState)))).isTrue();
  }

  /** A function that raises, a plan that does not fit, an internal error, a wrong column. */
  @ParameterizedTest
  @ValueSource(strings = {"P0001", "0A000", "XX000", "42703", "22021", "23505"})
  void tellNoFaultOfOursAsAnOutage(String sqlState) {
    assertThat(Failures.refusal(refused(sqlState))).isNull();
  }

  @Test
  void tellAConnectionCutWhileTlsBeginsAsAnOutage() {
    // The driver takes it for a permission that is denied.
    assertThat(Failures.isTransient(new R2dbcPermissionDeniedException("closed", "08006")))
        .isTrue();
  }

  static Stream<Throwable> outagesOfRedis() {
    return Stream.of(
        new RedisConnectionException("gone"),
        new RedisCommandTimeoutException("silent"),
        new RedisLoadingException("LOADING"),
        new RedisCommandExecutionException("OOM command not allowed"),
        new RedisCommandExecutionException("MISCONF Redis is configured to save"));
  }

  @ParameterizedTest
  @MethodSource("outagesOfRedis")
  void tellAnOutageOfRedisAsUnavailable(Throwable outage) {
    assertThat(Failures.isTransient(outage)).isTrue();
  }

  @Test
  void tellNoBrokenScriptAsAnOutage() {
    assertThat(Failures.refusal(new RedisCommandExecutionException("ERR user_script:1"))).isNull();
  }

  @Test
  void saysThatACommandWithoutAnAnswerMayHaveBeenCarriedOut() {
    for (Throwable silence :
        new Throwable[] {new TimeoutException(), new IOException("reset"), refused("08006")}) {
      GatewayException refusal = Objects.requireNonNull(Failures.refusal(silence));
      assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
      assertThat(refusal.sentence()).contains("may have been carried out");
    }
  }

  @Test
  void sayThatWhatWasRefusedBeforeItBeganWasNotDone() {
    for (Throwable refused :
        new Throwable[] {
          new StoreUnreachableException(refused("08006")),
          new PoolAcquireTimeoutException(Duration.ofSeconds(5)),
          refused("55P03"),
          refused("40P01")
        }) {
      assertThat(Objects.requireNonNull(Failures.refusal(refused)).sentence())
          .isEqualTo(ErrorCode.UNAVAILABLE.sentence());
    }
  }

  @Test
  void delayTheRetryOfWhatWasTooSlow() {
    GatewayException slow = Objects.requireNonNull(Failures.refusal(refused("57014")));
    assertThat(slow.retryAfter()).isGreaterThanOrEqualTo(Duration.ofSeconds(5));
  }
}
