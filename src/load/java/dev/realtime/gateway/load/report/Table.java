package dev.realtime.gateway.load.report;

import java.util.Locale;
import java.util.Map;

/** A summary to be read by people. */
public record Table(Map<String, Object> summary) {

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    summary.forEach((name, value) -> {
      if (value instanceof Map<?, ?> part) {
        text.append('\n').append(name).append('\n');
        if (part.isEmpty()) {
          text.append("  none\n");
        }
        part.forEach((key, each) -> text.append(row(String.valueOf(key), each)));
      } else {
        text.append(String.format(Locale.ROOT, "%-28s%s%n", name, value));
      }
    });
    return text.toString();
  }

  private static String row(String name, Object value) {
    return String.format(Locale.ROOT, "  %-26s%s%n", name, shown(value));
  }

  private static String shown(Object value) {
    return switch (value) {
      case Map<?, ?> map when map.isEmpty() -> "none";
      case Map<?, ?> map -> columns(map);
      case Double number when number >= 100 -> String.format(Locale.ROOT, "%,.0f", number);
      case Double number -> String.format(Locale.ROOT, "%.2f", number);
      case Number number -> String.format(Locale.ROOT, "%,d", number.longValue());
      default -> value.toString();
    };
  }

  private static String columns(Map<?, ?> map) {
    StringBuilder text = new StringBuilder();
    map.forEach((key, each) -> text.append(key).append(' ').append(shown(each)).append("   "));
    return text.toString().stripTrailing();
  }
}
