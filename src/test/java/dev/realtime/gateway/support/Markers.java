package dev.realtime.gateway.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.SessionCommand.Ping;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Markers with which a test proves silence: frames that the gateway sends after any frame that must
 * not come.
 */
public final class Markers {

  private static final String EVENT = "app:marker";
  private static final AtomicInteger LAST = new AtomicInteger();

  private Markers() {}

  /**
   * Pings, and checks that no unwanted frame came before the reply; an untaken frame counts too.
   *
   * <p>The reply follows every frame that the client's own instance published before the ping. It
   * may overtake what another instance published.
   */
  public static void assertNothingBeforePing(GatewayClient client, Predicate<Received> unwanted) {
    client.call(new Ping());
    client.assertSilence(unwanted, Duration.ZERO);
  }

  /**
   * Publishes an {@code app:} event from an instance to the room of the client's user, and checks
   * that no unwanted frame came before it; an untaken frame counts too.
   *
   * <p>Every connection is in its user's room. The event follows every frame that the publishing
   * instance published before, to whatever room, because an instance publishes in order and the bus
   * keeps that order.
   */
  public static void assertNothingBeforeEvent(
      TestGateway from, GatewayClient client, Predicate<Received> unwanted) {
    int number = LAST.incrementAndGet();
    String user = client.welcome().get("userId").asString();
    String body =
        "{\"userId\": \"%s\", \"event\": \"%s\", \"data\": {\"n\": %d}}"
            .formatted(user, EVENT, number);
    assertThat(ApiCalls.call(from, "POST", "/api/v1/events", body).status()).isEqualTo(202);
    client.assertNothingBefore(
        frame -> frame.event().equals(EVENT) && frame.number("n") == number, unwanted);
  }
}
