package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.GatewayException;
import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisReadOnlyException;
import io.r2dbc.spi.R2dbcException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.pool.PoolAcquirePendingLimitException;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolShutdownException;

/**
 * Tells a store that is down, where trying again helps, from a fault of ours. Of PostgreSQL's
 * errors the SQLSTATE decides (PostgreSQL manual, appendix A): what class the driver has for one
 * says little.
 */
public final class Failures {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** What was too slow once is so again at once. */
  private static final Duration RETRY_SLOW_AFTER = Duration.ofSeconds(10);

  private static final String STATEMENT_TIMEOUT = "57014";
  private static final String UNIQUE_VIOLATION = "23505";

  private Failures() {}

  /** The refusal for a store that is down: nothing was done. */
  public static GatewayException unavailable() {
    return GatewayException.unavailable(RETRY_AFTER);
  }

  /** The refusal where the store was asked and gave no answer. */
  private static GatewayException unanswered() {
    return GatewayException.unanswered(RETRY_AFTER);
  }

  /**
   * What a caller is told of a failure.
   *
   * @return {@code unavailable} for one that passes; where it is unknown whether the work was done,
   *     its sentence says so. Null for a fault of ours
   */
  public static @Nullable GatewayException refusal(Throwable failure) {
    if (!isTransient(failure)) {
      return null;
    }
    if (causes(failure).anyMatch(Failures::isTooSlow)) {
      return GatewayException.unavailable(RETRY_SLOW_AFTER);
    }
    return causes(failure).anyMatch(Failures::wasNotDone) ? unavailable() : unanswered();
  }

  /** Whether the same command may succeed once the store is back. */
  public static boolean isTransient(Throwable failure) {
    return causes(failure).anyMatch(Failures::passes);
  }

  /** Whether the server has ended a statement for the time it took. */
  static boolean isTooSlow(Throwable failure) {
    return failure instanceof R2dbcException refused
        && STATEMENT_TIMEOUT.equals(refused.getSqlState());
  }

  /** Whether a row with the same key was there already. */
  public static boolean isDuplicate(Throwable failure) {
    return failure instanceof R2dbcException refused
        && UNIQUE_VIOLATION.equals(refused.getSqlState());
  }

  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, cause -> cause != null, Throwable::getCause);
  }

  private static boolean passes(Throwable failure) {
    return switch (failure) {
      case PoolAcquireTimeoutException _,
          PoolAcquirePendingLimitException _,
          PoolShutdownException _,
          StoreUnreachableException _ ->
          true;
      case R2dbcException refused -> passes(refused.getSqlState());
      case RedisLoadingException _, RedisReadOnlyException _, RedisBusyException _ -> true;
      case RedisCommandExecutionException refused -> passesSoon(refused.getMessage());
      case TimeoutException _, IOException _, RedisException _ -> true;
      default -> false;
    };
  }

  private static boolean passes(@Nullable String sqlState) {
    return sqlState != null
        && isOfClass(sqlState, "08", "40", "53", "57P", "25P03", "55P03", STATEMENT_TIMEOUT);
  }

  /** Redis refuses by words: out of memory, cannot write to disk, cut off from its main server. */
  private static boolean passesSoon(@Nullable String message) {
    return message != null
        && Stream.of("OOM", "MISCONF", "MASTERDOWN", "CLUSTERDOWN").anyMatch(message::startsWith);
  }

  /** Waiting for a connection, or for a lock, is over before anything is done. */
  private static boolean wasNotDone(Throwable failure) {
    return switch (failure) {
      case R2dbcException refused ->
          refused.getSqlState() != null
              && isOfClass(refused.getSqlState(), "40", "53", "55P03", STATEMENT_TIMEOUT);
      case PoolAcquireTimeoutException _,
          PoolAcquirePendingLimitException _,
          PoolShutdownException _,
          StoreUnreachableException _ ->
          true;
      default -> false;
    };
  }

  private static boolean isOfClass(String sqlState, String... classes) {
    return Stream.of(classes).anyMatch(sqlState::startsWith);
  }
}
