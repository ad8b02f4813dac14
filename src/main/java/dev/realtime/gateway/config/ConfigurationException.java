package dev.realtime.gateway.config;

import java.util.List;
import java.util.stream.Collectors;

/** Prevents a start and lists every problem of the configuration at once. */
public final class ConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<ConfigurationProblem> problems;

  ConfigurationException(List<ConfigurationProblem> problems) {
    super(problems.stream().map(ConfigurationProblem::fault).collect(Collectors.joining(" ")));
    this.problems = List.copyOf(problems);
  }

  List<ConfigurationProblem> problems() {
    return problems;
  }
}
