package dev.realtime.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ClassPathResource;

/**
 * {@code .env.example}, {@code application.yml}, the properties, their checks and the README are
 * one list.
 */
class SettingsAgreeTest {

  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([A-Z_]+):(.*)}");
  private static final Pattern README_ROW =
      Pattern.compile("\\| `([A-Z_]+)` \\| (required|empty|`[^`]+`) \\|.*");
  private static final Pattern VARIABLE = Pattern.compile("#?([A-Z_]+)=(.*)");

  @Test
  void agreeWithTheExampleAndItsDefaults() throws IOException {
    Map<String, String> defaults = new TreeMap<>();
    placeholders().forEach((property, variable) -> defaults.put(variable.name, variable.fallback));

    assertThat(exampleVariables()).isEqualTo(defaults);
  }

  @Test
  void haveAVariableForEveryProperty() throws IOException {
    assertThat(placeholders().keySet().stream().filter(property -> property.startsWith("gateway.")))
        .containsExactlyInAnyOrderElementsOf(components("gateway", GatewayProperties.class));
  }

  @Test
  void checkEveryVariable() throws IOException {
    Map<String, String> checked = new TreeMap<>();
    ConfigurationCheck.SETTINGS.forEach(
        setting -> checked.put(setting.variable(), setting.property()));
    Map<String, String> mapped = new TreeMap<>();
    placeholders().forEach((property, variable) -> mapped.put(variable.name, property));

    assertThat(checked).isEqualTo(mapped);
  }

  @Test
  void explainEveryVariable() throws IOException {
    List<String> lines = Files.readAllLines(Path.of(".env.example"));
    for (int i = 1; i < lines.size(); i++) {
      if (VARIABLE.matcher(lines.get(i)).matches()) {
        assertThat(lines.get(i - 1)).as("above " + lines.get(i)).startsWith("#");
      }
    }
  }

  @Test
  void agreeWithTheReadmeAndItsDefaults() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("README.md"))) {
      Matcher row = README_ROW.matcher(line);
      if (row.matches()) {
        rows.put(row.group(1), row.group(2));
      }
    }
    Map<String, String> told = new TreeMap<>();
    exampleVariables().forEach((name, fallback) -> told.put(name, told(setting(name), fallback)));

    assertThat(rows).isEqualTo(told);
  }

  private static Setting setting(String variable) {
    return ConfigurationCheck.SETTINGS.stream()
        .filter(setting -> setting.variable().equals(variable))
        .findFirst()
        .orElseThrow();
  }

  private static String told(Setting setting, String fallback) {
    String otherwise = setting.withoutIt().isEmpty() ? "required" : "empty";
    return fallback.isEmpty() ? otherwise : "`" + fallback + "`";
  }

  private record Variable(String name, String fallback) {}

  private static Map<String, Variable> placeholders() throws IOException {
    Map<String, Variable> placeholders = new LinkedHashMap<>();
    List<PropertySource<?>> sources =
        new YamlPropertySourceLoader().load("yml", new ClassPathResource("application.yml"));
    for (PropertySource<?> source : sources) {
      for (String property : ((EnumerablePropertySource<?>) source).getPropertyNames()) {
        Matcher matcher = PLACEHOLDER.matcher(String.valueOf(source.getProperty(property)));
        if (matcher.matches()) {
          placeholders.put(property, new Variable(matcher.group(1), matcher.group(2)));
        }
      }
    }
    return placeholders;
  }

  private static Map<String, String> exampleVariables() throws IOException {
    Map<String, String> variables = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of(".env.example"))) {
      Matcher matcher = VARIABLE.matcher(line);
      if (matcher.matches()) {
        variables.put(matcher.group(1), matcher.group(2));
      }
    }
    return variables;
  }

  private static List<String> components(String prefix, Class<?> type) {
    List<String> names = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      String name = prefix + "." + kebab(component.getName());
      if (component.getType().isRecord()) {
        names.addAll(components(name, component.getType()));
      } else {
        names.add(name);
      }
    }
    return names;
  }

  private static String kebab(String camel) {
    return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
