package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.GatewayException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * Lets through so many at a time, so that heavy work leaves connections to the database for all
 * else. The others wait their turn, a bounded number of them. Thread-safe.
 */
public final class Lanes {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Sinks.Many<Mono<Void>> tasks;

  /**
   * @param most at a time
   * @param waiting for their turn; one more is refused
   */
  public Lanes(int most, int waiting) {
    tasks = Sinks.many().unicast().onBackpressureBuffer(new ArrayBlockingQueue<>(waiting));
    // Lives as long as the process; no task fails in it.
    tasks.asFlux().flatMap(task -> task, most, 1).subscribe();
  }

  /**
   * Runs a task in its turn, also when nobody waits for it any more.
   *
   * @return what it gives; fails with {@code unavailable} where too many wait
   */
  public <T> Mono<T> run(Mono<T> task) {
    return Mono.create(done -> enqueue(task, done));
  }

  private <T> void enqueue(Mono<T> task, MonoSink<T> done) {
    Mono<Void> told =
        task.doOnSuccess(done::success).doOnError(done::error).onErrorComplete().then();
    Sinks.EmitResult result;
    synchronized (tasks) {
      result = tasks.tryEmitNext(told);
    }
    if (result.isFailure()) {
      done.error(GatewayException.unavailable(RETRY_AFTER));
    }
  }
}
