package dev.realtime.gateway.config;

import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Reads {@code .env} in the working directory. It overrides the defaults of {@code
 * application.yml}; environment variables override it. The property {@code environment-file} names
 * another file, or no file if it is empty, as in tests.
 */
final class EnvironmentFilePostProcessor implements EnvironmentPostProcessor, Ordered {

  static final int ORDER = 0;

  // The suffix makes Spring map its names like those of environment variables.
  private static final String SOURCE = "file-systemEnvironment";

  @Override
  public int getOrder() {
    return ORDER;
  }

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    String file = environment.getProperty("environment-file", ".env");
    if (!file.isEmpty()) {
      addBelowRealEnvironment(
          environment.getPropertySources(), EnvironmentFile.read(Path.of(file)));
    }
  }

  private static void addBelowRealEnvironment(
      MutablePropertySources sources, Map<String, String> variables) {
    if (!variables.isEmpty()) {
      sources.addAfter(
          StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
          new SystemEnvironmentPropertySource(SOURCE, Map.copyOf(variables)));
    }
  }
}
