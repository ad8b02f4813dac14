package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.GatewayException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTransientException;
import java.time.Duration;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;

/** Tells a store that is away, where trying again helps, from a fault of ours. */
public final class Failures {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private Failures() {}

  /** The refusal for a store that is away. */
  public static GatewayException unavailable() {
    return GatewayException.unavailable(RETRY_AFTER);
  }

  /** Whether the same command may succeed once the store is back. */
  public static boolean isTransient(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof TransientDataAccessException
          || cause instanceof DataAccessResourceFailureException
          || cause instanceof R2dbcTransientException
          || cause instanceof R2dbcNonTransientResourceException) {
        return true;
      }
    }
    return false;
  }
}
