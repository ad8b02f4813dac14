package dev.realtime.gateway.benchmark;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * How many bytes each operation may allocate. Unlike times they are the same on every machine,
 * however busy it is.
 */
record AllocationLimits(Map<String, Double> bytes) {

  /** By how much a limit may be exceeded. */
  static final double TOLERANCE = 0.20;

  /** Less than any object: what a measurement may err by. */
  private static final double NOISE_BYTES = 2;

  static AllocationLimits read(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    Map<String, Double> bytes = new TreeMap<>();
    properties
        .stringPropertyNames()
        .forEach(name -> bytes.put(name, Double.valueOf(properties.getProperty(name))));
    return new AllocationLimits(bytes);
  }

  /** What is wrong with these measurements; empty if nothing is. */
  List<String> violations(Map<String, Double> measured) {
    List<String> violations = new ArrayList<>();
    bytes.keySet().stream()
        .filter(name -> !measured.containsKey(name))
        .forEach(name -> violations.add(name + " has a limit but was not measured"));
    measured.forEach((name, value) -> {
      Double limit = bytes.get(name);
      if (limit == null) {
        violations.add(name + " has no limit; it allocates " + shown(value));
      } else if (!(value <= limit * (1 + TOLERANCE) + NOISE_BYTES)) {
        violations.add(name + " allocates " + shown(value) + ", the limit is " + shown(limit));
      }
    });
    return violations;
  }

  static String shown(double value) {
    return String.format(Locale.ROOT, "%.1f bytes", value);
  }
}
