package dev.realtime.gateway.config.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.config.GatewayProperties;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** A process whose standard output nobody reads, as when a container runtime is busy. */
@Timeout(120)
class StalledConsoleIT {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int LINES = 20_000;

  @TempDir private Path folder;

  /** The application: its settings and the logging, without a server. */
  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(GatewayProperties.class)
  static class Settings {

    /** Logs much on an event loop; then makes the file that its argument names. */
    public static void main(String[] arguments) throws Exception {
      SpringApplication application = new SpringApplication(Settings.class);
      application.setWebApplicationType(WebApplicationType.NONE);
      application.run();
      Logger log = LoggerFactory.getLogger(Settings.class);
      EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
      loops
          .next()
          .submit(() -> {
            for (int i = 1; i <= Integer.parseInt(arguments[1]); i++) {
              log.info("line {} of many", i);
            }
          })
          .get();
      Files.createFile(Path.of(arguments[0]));
      System.exit(0);
    }
  }

  private Process start(Map<String, String> settings, int lines) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Settings.class.getName(),
                done().toString(),
                Integer.toString(lines)));
    builder.directory(folder.toFile());
    builder.environment().putAll(settings);
    return builder.redirectErrorStream(true).start();
  }

  private Path done() {
    return folder.resolve("done");
  }

  private static Map<String, String> sound(String environment) {
    return Map.of(
        "NODE_ENV",
        environment,
        "DATABASE_URL",
        "postgresql://app:password@localhost:5432/chat",
        "JWT_ACCESS_TOKEN_SECRET",
        "a".repeat(32),
        "JWT_REFRESH_TOKEN_SECRET",
        "b".repeat(32));
  }

  private static List<String> read(Process process) throws IOException {
    return new ArrayList<>(
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList());
  }

  @Test
  void holdsUpNoEventLoop() throws Exception {
    Process process = start(sound("production"), LINES);
    try {
      assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(done()).exists();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void writesEverythingBeforeTheProcessEnds() throws Exception {
    List<String> lines = read(start(sound("development"), 2_000));
    assertThat(lines).filteredOn(line -> line.contains(" of many")).hasSize(2_000);
    assertThat(lines.getLast()).contains("line 2000 of many");
  }

  @Test
  void tellsWhyAStartFailed() throws Exception {
    assertThat(String.join("\n", read(start(Map.of(), 1))))
        .contains("The gateway cannot start with this configuration");
    assertThat(done()).doesNotExist();
  }
}
