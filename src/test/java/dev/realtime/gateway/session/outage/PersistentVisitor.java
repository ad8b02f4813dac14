package dev.realtime.gateway.session.outage;

import dev.realtime.gateway.client.ClientException;
import dev.realtime.gateway.client.Closed;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A client that comes back as the protocol asks: after {@code afterMs} and up to a second. */
final class PersistentVisitor implements AutoCloseable {

  private final TestGateway gateway;
  private final String userId;
  private final Random random;
  private final AtomicInteger attempts = new AtomicInteger();
  private volatile @Nullable GatewayClient client;

  PersistentVisitor(TestGateway gateway, String userId) {
    this.gateway = gateway;
    this.userId = userId;
    this.random = new Random(userId.hashCode());
  }

  String userId() {
    return userId;
  }

  int attempts() {
    return attempts.get();
  }

  /** What came on the present connection. */
  List<Received> received() {
    GatewayClient present = client;
    return present == null ? List.of() : present.received();
  }

  GatewayClient client() {
    GatewayClient present = client;
    if (present == null) {
      throw new IllegalStateException(userId + " is not connected");
    }
    return present;
  }

  /** Connects, and comes back whenever it is closed, until this time of the nanosecond clock. */
  void stayUntil(long end) {
    while (System.nanoTime() - end < 0) {
      attempts.incrementAndGet();
      Duration pause = stayOnce(Duration.ofNanos(end - System.nanoTime()));
      long wait = pause.toNanos() + random.nextLong(TimeUnit.SECONDS.toNanos(1));
      LockSupport.parkNanos(Math.min(wait, end - System.nanoTime()));
    }
  }

  private Duration stayOnce(Duration longest) {
    try {
      client = gateway.client().token(TestGateway.token(userId)).connect(longest);
      Closed _ = client().awaitClose(longest);
    } catch (ClientException stillConnected) {
      return Duration.ZERO;
    }
    return received().stream()
        .filter(frame -> frame.event().equals("session:bye"))
        .findFirst()
        .map(bye -> Duration.ofMillis(Math.max(0, bye.number("afterMs"))))
        .orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    GatewayClient present = client;
    if (present != null) {
      present.abort();
    }
  }
}
