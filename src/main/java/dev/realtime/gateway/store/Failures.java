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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;
import reactor.pool.PoolAcquirePendingLimitException;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolShutdownException;

/**
 * Tells a store that is down, where a retry helps, from a fault of the gateway. The SQLSTATE of an
 * error decides (PostgreSQL manual, appendix A), since the driver's exception types say little.
 */
public final class Failures {

  /** For refusals that do not come from the breaker, which has pauses of its own. */
  private static final RetryPauses PAUSES = new RetryPauses(Schedulers.parallel());

  /** A statement that was too slow would be too slow again at once. */
  private static final Duration RETRY_SLOW_AFTER = Duration.ofSeconds(10);

  private static final String STATEMENT_TIMEOUT = "57014";
  private static final String TOO_MANY_CONNECTIONS = "53300";

  /** A standby refuses to write: the writer is somewhere else, or not yet chosen. */
  private static final String READ_ONLY = "25006";

  private Failures() {}

  /**
   * The refusal where the store cannot take the work now, and nothing has been done. The time to
   * wait is random, and grows with the number of refusals.
   */
  public static GatewayException unavailable() {
    return GatewayException.unavailable(PAUSES.next(Duration.ZERO));
  }

  /** The refusal where the store gave no answer, so that the work may have been done. */
  private static GatewayException unanswered() {
    return GatewayException.unanswered(PAUSES.next(Duration.ZERO));
  }

  /**
   * Turns a failure into the refusal for a caller.
   *
   * @return {@code unavailable} if a retry may succeed, with a sentence that says whether the work
   *     may have been done; null for a fault of the gateway
   */
  public static @Nullable GatewayException refusal(Throwable failure) {
    if (!isTransient(failure)) {
      return null;
    }
    if (causes(failure).anyMatch(Failures::isTooSlow)) {
      return GatewayException.unavailable(RETRY_SLOW_AFTER);
    }
    return causes(failure).anyMatch(Failures::wasNotDone)
        ? chosen(failure).map(GatewayException::unavailable).orElseGet(Failures::unavailable)
        : unanswered();
  }

  /** The time to wait that the breaker has chosen for this caller. */
  private static Optional<Duration> chosen(Throwable failure) {
    return causes(failure)
        .filter(StoreUnreachableException.class::isInstance)
        .map(cause -> ((StoreUnreachableException) cause).retryAfter())
        .filter(Objects::nonNull)
        .findFirst();
  }

  /** Whether a retry may succeed once the store is back. */
  public static boolean isTransient(Throwable failure) {
    return causes(failure).anyMatch(Failures::passes);
  }

  /** Whether the server has ended a statement because it took too long. */
  static boolean isTooSlow(Throwable failure) {
    return failure instanceof R2dbcException refused
        && STATEMENT_TIMEOUT.equals(refused.getSqlState());
  }

  /** Whether the server has refused a connection because it has too many. */
  static boolean isFull(Throwable failure) {
    return causes(failure)
        .anyMatch(cause ->
            cause instanceof R2dbcException refused
                && TOO_MANY_CONNECTIONS.equals(refused.getSqlState()));
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
        && isOfClass(
            sqlState, "08", "40", "53", "57P", "25P03", READ_ONLY, "55P03", STATEMENT_TIMEOUT);
  }

  /** Redis says in words that it is out of memory, cannot write to disk, or has lost its master. */
  private static boolean passesSoon(@Nullable String message) {
    return message != null
        && Stream.of("OOM", "MISCONF", "MASTERDOWN", "CLUSTERDOWN").anyMatch(message::startsWith);
  }

  /** Whether a failure ended the wait for a connection or a lock, before anything was done. */
  private static boolean wasNotDone(Throwable failure) {
    return switch (failure) {
      case R2dbcException refused ->
          refused.getSqlState() != null
              && isOfClass(
                  refused.getSqlState(), "40", "53", READ_ONLY, "55P03", STATEMENT_TIMEOUT);
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
