package dev.realtime.gateway.dev;

import dev.realtime.gateway.GatewayApplication;
import dev.realtime.gateway.config.EnvironmentFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.SpringApplication;

/**
 * The gateway as {@code ./mvnw spring-boot:run} starts it: with servers of its own, secrets kept
 * under {@code target/development}, demo data and a page to play with.
 *
 * <p>The usual variables override each of these: {@code DATABASE_URL} or {@code REDIS_HOST} for
 * other servers, {@code PORT} for a second instance beside the first, which shares its servers and
 * its secrets.
 */
public final class DevelopmentGateway {

  private DevelopmentGateway() {}

  static void main(String[] arguments) {
    Map<String, String> chosen = new HashMap<>(EnvironmentFile.read(Path.of(".env")));
    chosen.putAll(System.getenv());
    var servers = DevelopmentServers.start(Path.of("target", "development"), chosen);
    // Stop the servers after the application, which uses them until its end.
    SpringApplication.getShutdownHandlers().add(servers::close);
    application(servers.variables()).run(arguments);
  }

  /**
   * The application with its development parts.
   *
   * @param variables defaults that environment variables override
   */
  public static SpringApplication application(Map<String, String> variables) {
    var application = new SpringApplication(GatewayApplication.class, DevelopmentParts.class);
    application.setDefaultProperties(Map.copyOf(variables));
    return application;
  }
}
