package dev.realtime.gateway.support;

import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.dev.DevelopmentRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
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

/** The packaged jar in a process of its own, to be killed. Ends with this JVM at the latest. */
public final class PackagedGateway implements AutoCloseable {

  private static final Duration START = Duration.ofSeconds(90);

  private final int port = freePort();
  private final Process process;

  /**
   * Launches it; {@link #ready} waits until it serves.
   *
   * @param heap as {@code -Xmx} takes it
   * @param folder where it runs: nobody's .env counts there
   * @param settings {@code NAME=value} each, weightier than what every gateway of the tests has
   */
  public PackagedGateway(String databaseUrl, String heap, Path folder, String... settings) {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + heap,
            // It lives for seconds, most of which would go into compiling for a long life.
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-jar",
            Path.of(System.getProperty("gateway.jar", "missing")).toAbsolutePath().toString());
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.redirectOutput(folder.resolve(port + ".log").toFile());
    fill(builder.environment(), databaseUrl, settings);
    try {
      process = builder.start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  private void fill(Map<String, String> environment, String databaseUrl, String... settings) {
    DevelopmentRedis redis = Backends.redis();
    environment.clear();
    environment.put("PORT", Integer.toString(port));
    environment.put("BIND_ADDRESS", "127.0.0.1");
    environment.put("DATABASE_URL", databaseUrl);
    environment.put("REDIS_HOST", redis.host());
    environment.put("REDIS_PORT", Integer.toString(redis.port()));
    environment.put("JWT_ACCESS_TOKEN_SECRET", TestGateway.ACCESS_SECRET);
    environment.put("JWT_REFRESH_TOKEN_SECRET", TestGateway.REFRESH_SECRET);
    environment.put("WARM_UP", "0s");
    for (String setting : settings) {
      String[] parts = setting.split("=", 2);
      environment.put(parts[0], parts[1]);
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException none) {
      throw new AssertionError(none);
    }
  }

  /** Waits until it is ready. */
  public PackagedGateway ready() {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest readiness = HttpRequest.newBuilder(http("/readyz")).build();
      await()
          .atMost(START)
          .ignoreExceptions()
          .until(() -> http.send(readiness, BodyHandlers.discarding()).statusCode() == 200);
    }
    return this;
  }

  /** The base of the HTTP side. */
  public URI http(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** Where clients connect. */
  public URI socket() {
    return URI.create("ws://127.0.0.1:" + port + "/ws");
  }

  /** A client of a user, welcomed. */
  public GatewayClient connect(String userId) {
    GatewayClient client =
        GatewayClient.builder(socket()).token(TestGateway.token(userId)).connect();
    client.welcome();
    return client;
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
