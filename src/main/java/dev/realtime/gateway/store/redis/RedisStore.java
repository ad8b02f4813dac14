package dev.realtime.gateway.store.redis;

import dev.realtime.gateway.config.RedisLink;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The connection to Redis for what the instances remember together; the bus has its own. Commands
 * run in the order of the calls. While Redis is down every command fails at once.
 */
@Component
public final class RedisStore implements AutoCloseable {

  /** The most commands that may wait for their answers; more fail. */
  private static final int MAX_UNDER_WAY = 50_000;

  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;

  /**
   * Connects to Redis.
   *
   * @throws io.lettuce.core.RedisConnectionException if Redis cannot be reached
   */
  RedisStore(ClientResources resources, RedisURI uri) {
    client = RedisClient.create(resources, uri);
    client.setOptions(
        RedisLink.options()
            .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
            .requestQueueSize(MAX_UNDER_WAY)
            .timeoutOptions(TimeoutOptions.enabled(RedisLink.PATIENCE))
            .build());
    connection = client.connect(StringCodec.UTF8);
  }

  /** Sends a command; fails after 2 seconds without an answer. */
  public <T> Mono<T> run(Function<RedisAsyncCommands<String, String>, RedisFuture<T>> command) {
    return Mono.fromCompletionStage(() -> command.apply(connection.async()));
  }

  /** Runs a script; fails after 2 seconds without an answer. */
  public <T> Mono<T> run(RedisScript script, List<String> keys, Collection<String> arguments) {
    String[] names = keys.toArray(String[]::new);
    String[] values = arguments.toArray(String[]::new);
    Mono<T> known = run(redis -> redis.evalsha(script.digest(), script.output(), names, values));
    return known.onErrorResume(
        RedisNoScriptException.class,
        _ -> run(redis -> redis.eval(script.source(), script.output(), names, values)));
  }

  @Override
  public void close() {
    connection.close();
    client.shutdown(Duration.ZERO, RedisLink.PATIENCE);
  }
}
