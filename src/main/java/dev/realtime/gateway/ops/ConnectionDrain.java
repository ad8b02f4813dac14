package dev.realtime.gateway.ops;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.work.ShutdownOrder;
import java.time.Duration;
import java.util.Collection;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;

/**
 * Drains a stopping instance: it warns its clients and closes them over the drain window, so that
 * they do not all reconnect to the other instances at once. The drain runs before the web server
 * stops, which would otherwise wait for connections that never end by themselves.
 */
@Component
final class ConnectionDrain implements SmartLifecycle {

  private static final Duration CHECK = Duration.ofMillis(50);

  /** How long after the window the last clients may take to answer their close frame. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final ConnectionRegistry connections;
  private final Duration window;
  private volatile boolean running;

  ConnectionDrain(ConnectionRegistry connections, GatewayProperties properties) {
    this.connections = connections;
    this.window = properties.session().drainWindow();
  }

  @Override
  public int getPhase() {
    return ShutdownOrder.DRAIN.phase();
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
    Collection<Connection> all = connections.drain(window);
    // The wait ends by itself: when all clients are gone, or after the window and the grace.
    Flux.interval(Duration.ZERO, CHECK)
        .takeUntil(_ -> all.isEmpty())
        .take(window.plus(GRACE))
        .doFinally(_ -> stopped.run())
        .subscribe();
  }
}
