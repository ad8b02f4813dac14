package dev.realtime.gateway.config;

import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.PropertyResolver;

/**
 * Rejects an invalid configuration before the first bean exists, and logs which optional parts are
 * not configured.
 */
final class StartupCheck implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  private static final Log log = LogFactory.getLog(StartupCheck.class);

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    PropertyResolver environment = context.getEnvironment();
    List<ConfigurationProblem> problems = ConfigurationCheck.problems(environment);
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    ConfigurationCheck.remarks(environment).forEach(log::info);
  }
}
