package dev.realtime.gateway.config;

import io.lettuce.core.RedisConnectionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells why Redis cannot be used at start, and names the variables to check. */
final class RedisFailureAnalyzer extends AbstractFailureAnalyzer<RedisConnectionException> {

  @Override
  protected FailureAnalysis analyze(Throwable failure, RedisConnectionException cause) {
    return new FailureAnalysis(
        "Redis cannot be reached: " + reason(cause),
        "Start Redis, or check REDIS_HOST, REDIS_PORT, REDIS_PASSWORD and REDIS_TLS.",
        cause);
  }

  /**
   * Returns the address and the innermost reason: Lettuce's own message is the same for a server
   * that is down, a wrong password and a failed TLS handshake.
   */
  private static String reason(RedisConnectionException failure) {
    String address = String.valueOf(failure.getMessage()).replace("/<unresolved>", "");
    Throwable cause = failure.getCause();
    return sentence(cause == null ? address : address + ": " + innermost(cause).getMessage());
  }

  private static Throwable innermost(Throwable failure) {
    Throwable innermost = failure;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return innermost;
  }

  private static String sentence(String text) {
    return text.endsWith(".") ? text : text + ".";
  }
}
