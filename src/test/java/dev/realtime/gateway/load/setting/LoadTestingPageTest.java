package dev.realtime.gateway.load.setting;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/load-testing.md} lists the options there are, and its examples can be typed. */
class LoadTestingPageTest {

  private static final Pattern ROW = Pattern.compile("(?m)^\\| `--.*$");
  private static final Pattern EXAMPLE =
      Pattern.compile("(?m)^\\./mvnw .*-Dexec\\.args=\"([^\"]*)\"");
  private static final Pattern SPACE = Pattern.compile(" +");

  @Test
  void listsEveryOption() throws IOException {
    List<String> rows = ROW.matcher(page()).results().map(MatchResult::group).toList();

    assertThat(rows)
        .containsExactlyElementsOf(
            Arrays.stream(Option.values()).map(LoadTestingPageTest::row).toList());
  }

  private static String row(Option option) {
    String accepts = option.isSwitch() ? "" : " " + option.accepts().replace("|", "\\|");
    return "| `%s%s` | %s | %s |"
        .formatted(option.flag(), accepts, option.fallback(), option.meaning());
  }

  @Test
  void showsExamplesThatTheHarnessUnderstands() throws IOException {
    List<String> examples =
        EXAMPLE
            .matcher(page().replace("\\\n", " "))
            .results()
            .map(found -> found.group(1))
            .toList();

    assertThat(examples).hasSizeGreaterThanOrEqualTo(5);
    examples.forEach(example -> {
      String typed = example.replaceAll("@\\S+|\\$\\w+", "1");
      Arguments arguments = Arguments.parse(SPACE.splitAsStream(typed.strip()).toList());
      if (!arguments.has(Option.HELP)) {
        assertThat(Settings.of(arguments).layout().connections()).isPositive();
      }
    });
  }

  private static String page() throws IOException {
    return Files.readString(Path.of("docs/load-testing.md"));
  }
}
