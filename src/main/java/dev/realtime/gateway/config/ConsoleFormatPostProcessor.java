package dev.realtime.gateway.config;

import dev.realtime.gateway.config.GatewayProperties.Environment;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Selects the log format. In production every log line is one JSON object (Elastic Common Schema);
 * the message about an invalid configuration stays plain text, since an operator reads it.
 */
final class ConsoleFormatPostProcessor implements EnvironmentPostProcessor, Ordered {

  private static final String FORMAT = "logging.structured.format.console";

  @Override
  public int getOrder() {
    return EnvironmentFilePostProcessor.ORDER + 1;
  }

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    if (isProduction(environment) && ConfigurationCheck.problems(environment).isEmpty()) {
      environment
          .getPropertySources()
          .addLast(new MapPropertySource("console format", Map.of(FORMAT, "ecs")));
    }
  }

  private static boolean isProduction(ConfigurableEnvironment environment) {
    return Environment.PRODUCTION
        .name()
        .equalsIgnoreCase(environment.getProperty("gateway.environment", ""));
  }
}
