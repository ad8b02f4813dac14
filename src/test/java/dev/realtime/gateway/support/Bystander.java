package dev.realtime.gateway.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.SessionCommand;

/**
 * Another client of the same instance, and the instance's log: whatever one client does wrong, the
 * others are served and nothing is logged as a fault.
 */
public final class Bystander implements AutoCloseable {

  private final GatewayClient client;
  private final LogCapture log = new LogCapture();

  /** Connects. */
  public Bystander(TestGateway gateway) {
    client = gateway.connect("bystander");
  }

  /**
   * Fails if the instance answers no more, or has logged an error or a stack trace since the last
   * call.
   */
  public void assertUnharmed() {
    client.call(new SessionCommand.Ping());
    assertThat(log.takeFaults()).isEmpty();
  }

  @Override
  public void close() {
    log.close();
    client.close();
  }
}
