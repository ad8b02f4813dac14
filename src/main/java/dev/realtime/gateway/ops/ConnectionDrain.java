package dev.realtime.gateway.ops;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.SessionEvent;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.session.ConnectionTimer;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;

/**
 * Empties a stopping instance: clients are told, and sent away spread over the drain window, so
 * that they do not all knock at the other instances at once. Runs before the web server stops,
 * which would otherwise wait for connections that never end by themselves.
 */
@Component
final class ConnectionDrain implements SmartLifecycle {

  private static final Duration CHECK = Duration.ofMillis(50);

  /** How long after the window the last ones may take to answer their close frame. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final ConnectionRegistry connections;
  private final ConnectionTimer timer;
  private final Duration window;
  private volatile boolean running;

  ConnectionDrain(
      ConnectionRegistry connections, ConnectionTimer timer, GatewayProperties properties) {
    this.connections = connections;
    this.timer = timer;
    this.window = properties.session().drainWindow();
  }

  /** Above the web server's own phases: stopped before them. */
  @Override
  public int getPhase() {
    return SmartLifecycle.DEFAULT_PHASE - 512;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public void stop() {
    stop(() -> {});
  }

  @Override
  public void stop(Runnable stopped) {
    running = false;
    Collection<Connection> all = connections.refuseMore();
    all.forEach(this::sendAway);
    // Ends by itself: when all are gone, or when they have had their time.
    Flux.interval(Duration.ZERO, CHECK)
        .takeUntil(_ -> all.isEmpty())
        .take(window.plus(GRACE))
        .doFinally(_ -> stopped.run())
        .subscribe();
  }

  private void sendAway(Connection connection) {
    long delay = ThreadLocalRandom.current().nextLong(window.toMillis() + 1);
    if (delay > 0) {
      connection.push(new SessionEvent.Draining(delay));
    }
    timer.after(Duration.ofMillis(delay), () -> connection.close(CloseCode.DRAINING));
  }
}
