package dev.realtime.gateway.config;

import io.lettuce.core.RedisConnectionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which variables lead to Redis when there is none at start. */
final class RedisFailureAnalyzer extends AbstractFailureAnalyzer<RedisConnectionException> {

  @Override
  protected FailureAnalysis analyze(Throwable failure, RedisConnectionException cause) {
    return new FailureAnalysis(
        "Redis cannot be reached: " + cause.getMessage() + ".",
        "Start it, or set REDIS_HOST, REDIS_PORT, REDIS_PASSWORD and REDIS_TLS to one that runs.",
        cause);
  }
}
