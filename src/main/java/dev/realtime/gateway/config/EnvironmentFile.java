package dev.realtime.gateway.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads variables from a file in the form that shells use: {@code NAME=value} lines, {@code #}
 * comments, optional {@code export} and quotes. A name without a value counts as not set.
 */
public final class EnvironmentFile {

  private static final Pattern LINE =
      Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(.*?)\\s*");
  private static final Pattern QUOTED = Pattern.compile("(['\"])(.*)\\1(?:\\s+#.*)?");
  private static final Pattern TRAILING_COMMENT = Pattern.compile("(^|\\s+)#.*$");

  private EnvironmentFile() {}

  /** Returns the variables of a file, in its order; empty if the file does not exist. */
  public static Map<String, String> read(Path file) {
    if (!Files.isRegularFile(file)) {
      return Map.of();
    }
    try {
      return parse(Files.readAllLines(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("Cannot read " + file, unreadable);
    }
  }

  static Map<String, String> parse(List<String> lines) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String line : lines) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        String value = valueOf(matcher.group(2));
        if (!value.isEmpty()) {
          variables.put(matcher.group(1), value);
        }
      }
    }
    return variables;
  }

  private static String valueOf(String written) {
    Matcher quoted = QUOTED.matcher(written);
    return quoted.matches() ? quoted.group(2) : TRAILING_COMMENT.matcher(written).replaceFirst("");
  }
}
