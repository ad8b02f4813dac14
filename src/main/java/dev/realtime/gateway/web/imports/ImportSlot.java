package dev.realtime.gateway.web.imports;

import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.work.ShutdownOrder;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Lets an instance run one import at a time, and none once it begins to stop. An import limits its
 * use of pooled connections and of memory; two at once would use twice as much.
 */
@Component
final class ImportSlot implements SmartLifecycle {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final AtomicBoolean taken = new AtomicBoolean();
  private final Sinks.Empty<Void> stopping = Sinks.empty();
  private volatile boolean running;

  /**
   * Runs an import and releases the slot when the import ends or its caller disconnects.
   *
   * <p>Fails with {@code unavailable} if another import is running. Fails so, too, if the instance
   * began to stop meanwhile: the caller then sends the rest of the file to another instance.
   */
  <T> Mono<T> hold(Mono<T> work) {
    // Mono.using releases the slot before it signals the end, so that a caller who sends the next
    // import at once finds the slot free.
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

  /** The slot stops before the web server, which waits for the requests that are under way. */
  @Override
  public int getPhase() {
    return ShutdownOrder.DRAIN.phase();
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
