package dev.realtime.gateway.dev;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisServer;

/**
 * A real Redis from a jar, on 127.0.0.1. It persists nothing, since the gateway keeps nothing in
 * Redis that must last.
 *
 * <p>A folder has at most one server, under the rules of {@link DevelopmentPostgres}; a file has
 * its port.
 *
 * <p>Not thread-safe.
 */
public final class DevelopmentRedis implements AutoCloseable {

  private static final String HOST = "127.0.0.1";
  private static final int TIMEOUT_MILLIS = 2_000;

  private final Path folder;
  private final boolean temporary;
  private final ServerOwner owner;
  private int port;
  private @Nullable RedisServer server;

  private DevelopmentRedis(Path folder, boolean temporary, int port) {
    this.folder = folder;
    this.temporary = temporary;
    this.owner = new ServerOwner(folder.resolve("redis.owner"));
    this.port = port;
  }

  /**
   * Starts the server of a folder, or attaches to the running one.
   *
   * @param folder has the file with the port; created if missing
   */
  public static DevelopmentRedis start(Path folder) {
    Path absolute = Folders.make(folder.toAbsolutePath());
    var redis = new DevelopmentRedis(absolute, false, rememberedPort(absolute));
    if (redis.port == 0 || redis.processId().isEmpty()) {
      if (redis.port == 0 || !Processes.isFree(redis.port)) {
        redis.port = Processes.freePort();
      }
      redis.launch();
      redis.rememberPort();
    }
    redis.owner.claim();
    return redis;
  }

  /** Starts a temporary server on a free port; it ends with this JVM and leaves nothing behind. */
  public static DevelopmentRedis startTemporary() {
    var redis =
        new DevelopmentRedis(Folders.temporary("gateway-redis"), true, Processes.freePort());
    // Spring's shutdown handlers run only if an application has run.
    Runtime.getRuntime().addShutdownHook(new Thread(redis::close, "stop-redis"));
    redis.launch();
    redis.owner.claim();
    return redis;
  }

  public String host() {
    return HOST;
  }

  public int port() {
    return port;
  }

  /** Kills the server, as kill -9 does. */
  public void kill() {
    processId().flatMap(ProcessHandle::of).ifPresent(Processes::kill);
    release();
  }

  /** Restarts a killed server, empty and on the same port. */
  public void restart() {
    if (server != null || processId().isPresent()) {
      throw new IllegalStateException("Redis is running; kill it first.");
    }
    launch();
  }

  @Override
  public void close() {
    if (owner.isOursToStop()) {
      if (server == null) {
        processId().flatMap(ProcessHandle::of).ifPresent(Processes::stop);
      } else {
        release();
      }
    }
    if (temporary) {
      Folders.delete(folder);
    }
  }

  private void launch() {
    RedisServer started =
        RedisServer.builder()
            .port(port)
            .bind(HOST)
            .setting("appendonly no")
            .setting("save \"\"")
            .build();
    started.start();
    server = started;
  }

  private void release() {
    RedisServer started = server;
    server = null;
    if (started != null) {
      started.stop();
    }
  }

  /** Returns the process that answers on the port, if it is a Redis. */
  private Optional<Long> processId() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.getOutputStream().write("INFO server\r\n".getBytes(StandardCharsets.US_ASCII));
      var answer =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String length = answer.readLine();
      if (length == null || !length.startsWith("$")) {
        return Optional.empty();
      }
      String prefix = "process_id:";
      // An empty line ends the answer; the connection stays open.
      for (String line = answer.readLine(); line != null; line = answer.readLine()) {
        if (line.startsWith(prefix)) {
          return Optional.of(Long.valueOf(line.substring(prefix.length()).strip()));
        }
      }
      return Optional.empty();
    } catch (IOException | NumberFormatException silent) {
      return Optional.empty();
    }
  }

  private static int rememberedPort(Path folder) {
    try {
      Path file = portFile(folder);
      return Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : 0;
    } catch (IOException | NumberFormatException unreadable) {
      return 0;
    }
  }

  private void rememberPort() {
    try {
      Files.writeString(portFile(folder), Integer.toString(port));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static Path portFile(Path folder) {
    return folder.resolve("redis.port");
  }
}
