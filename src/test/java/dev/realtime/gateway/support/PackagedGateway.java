package dev.realtime.gateway.support;

import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.dev.DevelopmentRedis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The packaged jar in a process of its own, to be killed. */
public final class PackagedGateway implements AutoCloseable {

  private static final Duration START = Duration.ofSeconds(90);

  private final int port = freePort();
  private final Process process;

  /**
   * Starts it, and waits until it is ready.
   *
   * @param heap as {@code -Xmx} takes it
   * @param folder where it runs: nobody's .env counts there
   */
  public PackagedGateway(String databaseUrl, String heap, Path folder) throws IOException {
    DevelopmentRedis redis = Backends.redis();
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + heap,
            "-jar",
            Path.of(System.getProperty("gateway.jar", "missing")).toAbsolutePath().toString());
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.redirectOutput(folder.resolve(port + ".log").toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PORT", Integer.toString(port));
    environment.put("BIND_ADDRESS", "127.0.0.1");
    environment.put("DATABASE_URL", databaseUrl);
    environment.put("REDIS_HOST", redis.host());
    environment.put("REDIS_PORT", Integer.toString(redis.port()));
    environment.put("JWT_ACCESS_TOKEN_SECRET", TestGateway.ACCESS_SECRET);
    environment.put("JWT_REFRESH_TOKEN_SECRET", TestGateway.REFRESH_SECRET);
    environment.put("WARM_UP", "0s");
    process = builder.start();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest readiness = HttpRequest.newBuilder(http("/readyz")).build();
      await()
          .atMost(START)
          .ignoreExceptions()
          .until(() -> http.send(readiness, BodyHandlers.discarding()).statusCode() == 200);
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException none) {
      throw new AssertionError(none);
    }
  }

  /** The base of the HTTP side. */
  public URI http(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** As {@code kill -9}; returns once it is gone. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new AssertionError("It survived being killed");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
