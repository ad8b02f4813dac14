package dev.realtime.gateway.load;

import dev.realtime.gateway.load.report.LatencyPlot;
import dev.realtime.gateway.load.report.Result;
import dev.realtime.gateway.load.report.Summary;
import dev.realtime.gateway.load.report.Table;
import dev.realtime.gateway.load.setting.Arguments;
import dev.realtime.gateway.load.setting.Option;
import dev.realtime.gateway.load.setting.Settings;
import dev.realtime.gateway.load.setting.UsageException;
import dev.realtime.gateway.protocol.WireJson;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The load harness's command line; {@code docs/load-testing.md} tells how to use it. */
public final class LoadTest {

  private static final int CLEAN = 0;
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private LoadTest() {}

  /** Runs; the exit code is 1 for a failure under {@code --strict}, 2 for a misuse. */
  public static void main(String[] words) throws InterruptedException {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    int code = run(List.of(words), System.out, System.err);
    if (code != CLEAN) {
      System.exit(code);
    }
  }

  static int run(List<String> words, PrintStream out, PrintStream err) throws InterruptedException {
    try {
      Arguments arguments = Arguments.parse(words);
      if (arguments.has(Option.HELP)) {
        out.print(help());
        return CLEAN;
      }
      Settings settings = Settings.of(arguments);
      Result result = carryOut(settings, err);
      write(result, out);
      return settings.output().strict() && !result.isClean() ? FAILED : CLEAN;
    } catch (UsageException misuse) {
      err.println(misuse.getMessage());
      return MISUSED;
    }
  }

  private static Result carryOut(Settings settings, PrintStream err) throws InterruptedException {
    try (LoadRun run = new LoadRun(settings, err)) {
      return run.carryOut();
    }
  }

  private static void write(Result result, PrintStream out) {
    Map<String, Object> summary = new Summary(result).toMap();
    Settings.Output output = result.settings().output();
    String json = WireJson.mapper().writeValueAsString(summary);
    save(output.json(), json + "\n");
    save(output.html(), output.html() == null ? "" : new LatencyPlot(result).toHtml());
    out.println(new Table(summary));
    out.println(json);
  }

  private static void save(@Nullable Path file, String text) {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, text);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static String help() {
    StringBuilder text = new StringBuilder();
    for (Option option : Option.values()) {
      text.append(
          String.format(
              "  %-42s %s (default: %s)%n",
              option.flag() + " " + option.accepts(), option.meaning(), option.fallback()));
    }
    return text.toString();
  }
}
