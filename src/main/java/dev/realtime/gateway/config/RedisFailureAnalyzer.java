package dev.realtime.gateway.config;

import io.lettuce.core.RedisConnectionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Names the variables to check if Redis is down at start. */
final class RedisFailureAnalyzer extends AbstractFailureAnalyzer<RedisConnectionException> {

  @Override
  protected FailureAnalysis analyze(Throwable failure, RedisConnectionException cause) {
    return new FailureAnalysis(
        "Redis cannot be reached: " + cause.getMessage() + ".",
        "Start Redis, or check REDIS_HOST, REDIS_PORT, REDIS_PASSWORD and REDIS_TLS.",
        cause);
  }
}
