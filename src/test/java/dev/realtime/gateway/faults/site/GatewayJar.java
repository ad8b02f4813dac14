package dev.realtime.gateway.faults.site;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The packaged jar, taken apart as the image has it: a gateway then starts with a third less work,
 * and a run starts it four times and more.
 */
final class GatewayJar {

  private static final long SECONDS = 120;

  private final Path folder;
  private final Path packaged;
  private final Process extraction;

  /** Begins to take it apart in a folder; {@link #runnable} waits for that. */
  GatewayJar(Path runs) {
    this.folder = runs.resolve("gateway");
    this.packaged = Path.of(System.getProperty("gateway.jar", "missing")).toAbsolutePath();
    ProcessBuilder builder =
        new ProcessBuilder(
            java(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Djarmode=tools",
            "-jar",
            packaged.toString(),
            "extract",
            "--destination",
            folder.toString());
    builder.redirectErrorStream(true).redirectOutput(runs.resolve("extract.log").toFile());
    try {
      extraction = builder.start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** What to give to {@code java}. */
  List<String> runnable() {
    try {
      if (!extraction.waitFor(SECONDS, TimeUnit.SECONDS) || extraction.exitValue() != 0) {
        extraction.destroyForcibly();
        throw new IllegalStateException("Could not take " + packaged + " apart, see " + folder);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
    return List.of("-jar", folder.resolve(packaged.getFileName()).toString());
  }
}
