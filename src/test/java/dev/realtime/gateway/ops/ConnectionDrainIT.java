package dev.realtime.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An instance that stops is left by everybody, also by those who are just coming. */
@Timeout(90)
class ConnectionDrainIT {

  private static final Duration WINDOW = Duration.ofSeconds(1);
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int LATE = 10;

  /** Keeps an upgrade that has been let in on its way until everybody there has been sent away. */
  static final class SlowWayIn implements WebFilter, Ordered {

    private final ConnectionRegistry connections;
    private final AtomicInteger onTheirWay = new AtomicInteger();

    SlowWayIn(ConnectionRegistry connections) {
      this.connections = connections;
    }

    @Override
    public int getOrder() {
      return Ordered.HIGHEST_PRECEDENCE + 1;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
      String device = exchange.getRequest().getQueryParams().getFirst("deviceId");
      if (device == null || !device.startsWith("late")) {
        return chain.filter(exchange);
      }
      int place = onTheirWay.incrementAndGet();
      return Flux.interval(Duration.ofMillis(10))
          .takeUntil(_ -> connections.isDraining())
          .then(Mono.delay(Duration.ofMillis(place * 2_000L / LATE)))
          .then(chain.filter(exchange));
    }
  }

  @Test
  void sendsAwayThoseWhoComeWhileItStops() throws Exception {
    TestGateway gateway =
        TestGateway.start(
            Backends.freshDatabase(),
            Backends.redis(),
            List.of(SlowWayIn.class),
            "SESSION_DRAIN_WINDOW=" + WINDOW.toMillis() + "ms");
    List<GatewayClient> clients = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        clients.add(gateway.connect("early"));
        List<Future<GatewayClient>> late = comeLate(gateway, threads);

        long start = System.nanoTime();
        Future<?> stopped = threads.submit(gateway::close);
        for (Future<GatewayClient> client : late) {
          clients.add(client.get(20, TimeUnit.SECONDS));
        }
        for (GatewayClient client : clients) {
          assertThat(client.awaitClose(SOON).code()).isEqualTo(4012);
        }
        stopped.get(20, TimeUnit.SECONDS);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(WINDOW.plusSeconds(5));
        List<Long> pauses =
            clients.stream().map(client -> client.await("session:bye").number("afterMs")).toList();
        assertThat(pauses).allMatch(pause -> pause >= 0 && pause <= 1_000);
        assertThat(pauses.stream().distinct().count()).as("spread").isGreaterThan(LATE / 2);
      } finally {
        // Who was not sent away holds the stop, and with it this test.
        clients.forEach(GatewayClient::abort);
      }
    }
  }

  /** Half of them bring their token with the upgrade. */
  private static List<Future<GatewayClient>> comeLate(
      TestGateway gateway, ExecutorService threads) {
    List<Future<GatewayClient>> late = new ArrayList<>();
    for (int i = 0; i < LATE; i++) {
      String user = i % 2 == 0 ? "late" + i : null;
      late.add(threads.submit(() -> connectLate(gateway, user)));
    }
    await().atMost(SOON).until(() -> gateway.bean(SlowWayIn.class).onTheirWay.get() == LATE);
    return late;
  }

  private static GatewayClient connectLate(TestGateway gateway, @Nullable String user) {
    var client = gateway.client().deviceId("late");
    return (user == null ? client : client.token(TestGateway.token(user)))
        .connect(Duration.ofSeconds(15));
  }
}
