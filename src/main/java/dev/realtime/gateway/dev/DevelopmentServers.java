package dev.realtime.gateway.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The servers and secrets of a development folder, as environment variables the gateway
 * understands.
 */
final class DevelopmentServers implements AutoCloseable {

  private static final String DEFAULT_PORT = "3001";

  private final Map<String, String> variables = new LinkedHashMap<>();
  private @Nullable DevelopmentPostgres postgres;
  private @Nullable DevelopmentRedis redis;

  private DevelopmentServers() {}

  /**
   * Starts, or attaches to, the servers that the environment does not name.
   *
   * @param chosen the environment: {@code DATABASE_URL} in it replaces the PostgreSQL server,
   *     {@code REDIS_HOST} the Redis server
   */
  static DevelopmentServers start(Path folder, Map<String, String> chosen) {
    Folders.make(folder);
    var servers = new DevelopmentServers();
    // Only one instance starts servers at a time, so that a second one finds those of the first.
    try (var channel =
            FileChannel.open(
                folder.resolve("start.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (lock.isValid()) {
        servers.startAll(folder, chosen);
      }
      return servers;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Defaults for the variables that the environment does not set. */
  Map<String, String> variables() {
    return Map.copyOf(variables);
  }

  @Override
  public void close() {
    if (redis != null) {
      redis.close();
    }
    if (postgres != null) {
      postgres.close();
    }
  }

  private void startAll(Path folder, Map<String, String> chosen) {
    String port = chosen.getOrDefault("PORT", DEFAULT_PORT);
    variables.put("NODE_ENV", "development");
    variables.put("WARM_UP", "0s");
    variables.put("BIND_ADDRESS", "127.0.0.1");
    variables.put(
        "ALLOWED_ORIGINS",
        "http://localhost:3000,http://localhost:%s,http://127.0.0.1:%s".formatted(port, port));
    // Hide the library's log of its own work.
    variables.put("logging.level.io.zonky.test.db.postgres.embedded", "off");
    variables.putAll(DevelopmentSecrets.keptIn(folder));
    if (!chosen.containsKey("DATABASE_URL")) {
      DevelopmentPostgres started = DevelopmentPostgres.start(folder);
      postgres = started;
      variables.put("DATABASE_URL", started.databaseUrl());
    }
    if (!chosen.containsKey("REDIS_HOST")) {
      DevelopmentRedis started = DevelopmentRedis.start(folder);
      redis = started;
      variables.put("REDIS_HOST", started.host());
      variables.put("REDIS_PORT", Integer.toString(started.port()));
    }
  }
}
