package dev.realtime.gateway.web.imports;

import dev.realtime.gateway.protocol.GatewayException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Room for one import on an instance, and for none once it stops. The bounds of an import, on
 * connections of the pool and on lines in memory, are those of the instance only while it is alone.
 */
@Component
final class ImportSlot implements SmartLifecycle {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final AtomicBoolean taken = new AtomicBoolean();
  private final Sinks.Empty<Void> stopping = Sinks.empty();
  private volatile boolean running;

  /**
   * Runs an import.
   *
   * <p>Fails with {@code unavailable} where one is running already, or where the instance has begun
   * to stop: then what is left of it is for another instance.
   */
  <T> Mono<T> hold(Mono<T> work) {
    // Free before the caller hears of the end, so that its next import finds it so.
    return Mono.using(this::take, _ -> work, _ -> taken.set(false))
        .filter(_ -> running)
        .switchIfEmpty(Mono.error(() -> GatewayException.unavailable(RETRY_AFTER)));
  }

  private boolean take() {
    if (!running || !taken.compareAndSet(false, true)) {
      throw GatewayException.unavailable(RETRY_AFTER);
    }
    return true;
  }

  /** Completes when the instance begins to stop. */
  Mono<Void> stopping() {
    return stopping.asMono();
  }

  /** Stopped before the web server, which waits for requests under way. */
  @Override
  public int getPhase() {
    return SmartLifecycle.DEFAULT_PHASE - 512;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    stopping.tryEmitEmpty();
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
