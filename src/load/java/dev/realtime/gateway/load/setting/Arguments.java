package dev.realtime.gateway.load.setting;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was typed. */
public final class Arguments {

  private final Map<Option, String> given;

  private Arguments(Map<Option, String> given) {
    this.given = given;
  }

  public static Arguments parse(List<String> words) {
    Map<Option, String> given = new EnumMap<>(Option.class);
    for (int i = 0; i < words.size(); i++) {
      Option option = Option.of(words.get(i));
      if (given.containsKey(option)) {
        throw new UsageException(option.flag() + " is given twice");
      }
      if (option.isSwitch()) {
        given.put(option, "on");
      } else if (i + 1 < words.size()) {
        given.put(option, words.get(++i));
      } else {
        throw new UsageException(option.flag() + " needs a value: " + option.accepts());
      }
    }
    return new Arguments(given);
  }

  /** The options as they were typed; secrets are told from nobody. */
  Map<Option, String> shown() {
    Map<Option, String> shown = new EnumMap<>(Option.class);
    shown.putAll(given);
    shown.computeIfPresent(Option.SECRET, (_, _) -> "…");
    shown.computeIfPresent(Option.SERVICE_TOKEN, (_, _) -> "…");
    return Collections.unmodifiableMap(shown);
  }

  public boolean has(Option option) {
    return given.containsKey(option);
  }

  @Nullable String text(Option option) {
    return given.get(option);
  }

  String text(Option option, String fallback) {
    return given.getOrDefault(option, fallback);
  }

  @Nullable Path path(Option option) {
    String text = given.get(option);
    return text == null ? null : Path.of(text);
  }

  /** A number within the option's bounds. */
  int number(Option option, int fallback) {
    String text = given.get(option);
    if (text == null) {
      return fallback;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= option.least() && number <= option.most()) {
        return (int) number;
      }
    } catch (NumberFormatException notANumber) {
      throw outside(option, text, notANumber);
    }
    throw outside(option, text, null);
  }

  private static UsageException outside(Option option, String text, @Nullable Exception cause) {
    String message = option.flag() + " is " + option.accepts() + ", not " + text;
    return cause == null ? new UsageException(message) : new UsageException(message, cause);
  }

  /** Text, or what a file holds when it begins with {@code @}. */
  @Nullable String secret(Option option) {
    String text = given.get(option);
    return text == null || !text.startsWith("@") ? text : read(Path.of(text.substring(1)));
  }

  private static String read(Path file) {
    String prefix = "JWT_ACCESS_TOKEN_SECRET=";
    List<String> lines = lines(file);
    return lines.stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.substring(prefix.length()))
        .findFirst()
        .orElseGet(() -> String.join("\n", lines).trim());
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException unreadable) {
      throw new UsageException("Cannot read " + file + ": " + unreadable.getMessage(), unreadable);
    }
  }
}
