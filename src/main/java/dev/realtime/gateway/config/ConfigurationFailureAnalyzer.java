package dev.realtime.gateway.config;

import java.util.stream.Collectors;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Turns an invalid configuration into a message for the operator. */
final class ConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<ConfigurationException> {

  @Override
  protected FailureAnalysis analyze(Throwable failure, ConfigurationException cause) {
    String faults =
        cause.problems().stream()
            .map(problem -> "  - " + problem.fault())
            .collect(Collectors.joining("\n"));
    String remedies =
        cause.problems().stream()
            .map(problem -> "  - " + problem.variable() + ": " + problem.remedy())
            .distinct()
            .collect(Collectors.joining("\n"));
    return new FailureAnalysis(
        "The gateway cannot start with this configuration:\n\n" + faults,
        "Set in the environment, or in a file named .env in the working directory"
            + " (.env.example explains every variable):\n\n"
            + remedies,
        cause);
  }
}
