package dev.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page that shows how a feature plugs in agrees with the code. */
class ExtendingTest {

  private static final String BASE = "dev.realtime.gateway";
  private static final Path PAGE = Path.of("docs/extending.md");

  /** The class that every command handler is given to, in place of an interface. */
  private static final String DISPATCHER = "CommandDispatcher";

  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+)` \\|.*\\|([^|\\n]*)\\|$");
  private static final Pattern NAME = Pattern.compile("`(\\w+)`");
  private static final Pattern DIFF = Pattern.compile("(?ms)^```diff\\n(.*?)^```");
  private static final Pattern FILE =
      Pattern.compile("^--- (\\S+)\\n\\+\\+\\+ b/(\\S+)\\n", Pattern.MULTILINE);

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .importUrl(GatewayApplication.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void namesEveryImplementationAndNothingElse() throws IOException {
    Map<String, Set<String>> shown = rows(Files.readString(PAGE));

    assertThat(shown).containsKey(DISPATCHER);
    shown.forEach((port, names) -> assertThat(names).as(port).isEqualTo(inCode(port)));
  }

  /** An interface that another package implements is a port. */
  @Test
  void namesEveryPort() throws IOException {
    Set<String> ports =
        CLASSES.stream()
            .filter(type -> !type.isInterface())
            .flatMap(type ->
                type.getRawInterfaces().stream()
                    .filter(port -> port.getPackageName().startsWith(BASE))
                    .filter(port -> !port.getPackageName().equals(type.getPackageName())))
            .map(JavaClass::getSimpleName)
            .collect(Collectors.toSet());

    assertThat(rows(Files.readString(PAGE)).keySet()).containsAll(ports);
  }

  private static Map<String, Set<String>> rows(String page) {
    Map<String, Set<String>> rows = new LinkedHashMap<>();
    for (Matcher row = ROW.matcher(page); row.find(); ) {
      rows.put(
          row.group(1),
          NAME.matcher(row.group(2))
              .results()
              .map(found -> found.group(1))
              .collect(Collectors.toSet()));
    }
    return rows;
  }

  private static Set<String> inCode(String port) {
    return port.equals(DISPATCHER) ? handlers() : implementationsOf(port);
  }

  private static Set<String> handlers() {
    return CLASSES.stream()
        .filter(type -> type.getSimpleName().equals(DISPATCHER))
        .flatMap(type -> type.getConstructors().stream())
        .flatMap(constructor -> constructor.getRawParameterTypes().stream())
        .map(JavaClass::getSimpleName)
        .collect(Collectors.toSet());
  }

  private static boolean isOursOrSprings(JavaClass type) {
    return type.getPackageName().startsWith(BASE)
        || type.getPackageName().startsWith("org.springframework.boot.health");
  }

  private static Set<String> implementationsOf(String port) {
    return CLASSES.stream()
        .filter(type -> !type.isInterface() && !type.isAnonymousClass())
        .filter(type ->
            type.getRawInterfaces().stream()
                .filter(ExtendingTest::isOursOrSprings)
                .anyMatch(implemented -> implemented.getSimpleName().equals(port)))
        .map(JavaClass::getSimpleName)
        .collect(Collectors.toSet());
  }

  /** A step of an example that no longer fits the code misleads whoever follows it. */
  @Test
  void showsDiffsThatFitTheCode() throws IOException {
    List<String> diffs =
        DIFF.matcher(Files.readString(PAGE)).results().map(found -> found.group(1)).toList();

    assertThat(diffs).hasSizeGreaterThan(1);
    for (String diff : diffs) {
      assertFits(diff);
    }
  }

  private static void assertFits(String diff) throws IOException {
    Matcher file = FILE.matcher(diff);
    List<Integer> starts = new ArrayList<>();
    while (file.find()) {
      starts.add(file.start());
    }
    assertThat(starts).as(diff).isNotEmpty();
    starts.add(diff.length());
    for (int i = 0; i + 1 < starts.size(); i++) {
      assertFileFits(diff.substring(starts.get(i), starts.get(i + 1)));
    }
  }

  private static void assertFileFits(String part) throws IOException {
    Matcher file = FILE.matcher(part);
    assertThat(file.find()).isTrue();
    Path path = Path.of(file.group(2));
    if (file.group(1).equals("/dev/null")) {
      assertThat(path).doesNotExist();
      return;
    }
    assertThat(file.group(1)).isEqualTo("a/" + file.group(2));
    String code = Files.readString(path);
    for (String hunk : part.substring(file.end()).split("(?m)^@@.*\\n", -1)) {
      assertThat(code).as(path.toString()).contains(before(hunk));
    }
  }

  /** The lines that a hunk leaves or removes: they stand in the file as it is. */
  private static String before(String hunk) {
    return hunk.lines()
        .filter(line -> !line.startsWith("+"))
        .map(line -> line.isEmpty() ? "" : line.substring(1))
        .collect(Collectors.joining("\n"));
  }
}
