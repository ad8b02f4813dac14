package dev.realtime.gateway.faults.site;

import dev.realtime.gateway.support.Signals;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A gateway: the packaged jar in a process of its own, with its own ways to both servers. */
public final class GatewayNode implements AutoCloseable {

  public static final String SECRET = "a secret of the fault suite, at least 32 bytes long";

  private static final Duration START = Duration.ofMinutes(4);

  private final String name;
  private final Path folder;
  private final GatewayJar jar;
  private final Map<String, String> settings;
  private final TcpWay postgres;
  private final TcpWay redis;
  private final int port = freePort();
  private @Nullable Process process;
  private volatile boolean closed;
  private long stoppedSince;
  private long stoppedNanos;

  /**
   * A gateway that does not run yet.
   *
   * @param settings of its environment, beside those of every gateway of the suite
   */
  GatewayNode(
      String name, Servers servers, GatewayJar jar, Path folder, Map<String, String> settings) {
    this.name = name;
    this.folder = folder;
    this.jar = jar;
    this.settings = settings;
    this.postgres = new TcpWay(servers.postgresPort());
    this.redis = new TcpWay(servers.redisPort());
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
  }

  public String name() {
    return name;
  }

  public int port() {
    return port;
  }

  public TcpWay postgres() {
    return postgres;
  }

  public TcpWay redis() {
    return redis;
  }

  /** Starts the process unless it runs; {@link #awaitReady} waits until it serves. */
  public synchronized void launch() {
    if (closed || (process != null && process.isAlive())) {
      return;
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                GatewayJar.java(),
                "-Xmx256m",
                // It lives for a minute, most of which would go into compiling for a long life.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(jar.runnable());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()));
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PORT", Integer.toString(port));
    environment.put("BIND_ADDRESS", "127.0.0.1");
    environment.put(
        "DATABASE_URL",
        "postgresql://postgres:postgres@127.0.0.1:" + postgres.port() + "/" + Servers.DATABASE);
    environment.put("REDIS_HOST", "127.0.0.1");
    environment.put("REDIS_PORT", Integer.toString(redis.port()));
    environment.put("JWT_ACCESS_TOKEN_SECRET", SECRET);
    environment.put("JWT_REFRESH_TOKEN_SECRET", SECRET + ", and another");
    environment.put("RATE_LIMITS_ENABLED", "false");
    environment.put("WARM_UP", "0s");
    environment.put("SESSION_DRAIN_WINDOW", "2s");
    environment.putAll(settings);
    try {
      process = builder.start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException none) {
      throw new UncheckedIOException(none);
    }
  }

  /** Sees to it that it serves again, as an orchestrator does; returns at once. */
  public void revive() {
    Thread.startVirtualThread(this::awaitReady);
  }

  /** Waits until it serves; one that could not start while a server was away starts again. */
  public void awaitReady() {
    long end = System.nanoTime() + START.toNanos();
    while (!closed && !isReady()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(name + " does not start, see " + folder);
      }
      launch();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
    }
  }

  /** Asks the server API; empty if there is no good answer. */
  public Optional<String> get(String path) {
    try {
      HttpURLConnection asked =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
      asked.setConnectTimeout(2_000);
      asked.setReadTimeout(10_000);
      asked.setRequestProperty("Authorization", "Bearer " + Tokens.service());
      try (InputStream answer = asked.getInputStream()) {
        return Optional.of(new String(answer.readAllBytes(), StandardCharsets.UTF_8));
      }
    } catch (IOException failed) {
      Report.line("faults: no answer of %s to %s: %s", name, path, failed);
      return Optional.empty();
    }
  }

  /** Whether it serves now. */
  public boolean isReady() {
    try {
      HttpURLConnection asked =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/readyz").toURL().openConnection();
      asked.setConnectTimeout(2_000);
      asked.setReadTimeout(2_000);
      return asked.getResponseCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** As {@code kill -9}. */
  public void kill() {
    Process killed = running();
    killed.destroyForcibly();
    ended(killed, 10);
  }

  /** As a roll-out ends it; returns whether it ended by itself within so many seconds. */
  public boolean terminate(long seconds) {
    Process asked = running();
    asked.destroy();
    if (ended(asked, seconds)) {
      return true;
    }
    kill();
    return false;
  }

  private static boolean ended(Process process, long seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  public synchronized void stop() {
    Signals.stop(Stream.of(running().toHandle()));
    stoppedSince = System.nanoTime();
  }

  public synchronized void goOn() {
    Signals.goOn(Stream.of(running().toHandle()));
    stoppedNanos += System.nanoTime() - stoppedSince;
    stoppedSince = 0;
  }

  /** How long it has been stopped altogether. */
  public synchronized long stoppedNanos() {
    return stoppedNanos + (stoppedSince == 0 ? 0 : System.nanoTime() - stoppedSince);
  }

  private synchronized Process running() {
    if (process == null) {
      throw new IllegalStateException(name + " was never launched");
    }
    return process;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (process != null) {
      process.destroyForcibly();
    }
    postgres.close();
    redis.close();
  }
}
