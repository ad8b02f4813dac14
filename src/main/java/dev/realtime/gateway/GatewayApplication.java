package dev.realtime.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The gateway as it runs in production: {@code java -jar realtime-gateway.jar}. */
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
public final class GatewayApplication {

  static void main(String[] arguments) {
    SpringApplication.run(GatewayApplication.class, arguments);
  }
}
