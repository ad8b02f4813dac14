package dev.realtime.gateway.session;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What comes in through one connection: the lanes of its commands, and the count of frames that fit
 * into none. A lane is known by a key and carries out its work in order; most connections use one
 * or two.
 */
final class Lanes {

  private static final long ERROR_WINDOW = TimeUnit.MINUTES.toNanos(1);

  private @Nullable Lane first; // guarded by this

  // Read and written by the event loop.
  private long errorsSince;
  private int errors;

  /** Puts work that must not fail into a lane; completes as {@link Lane#offer}. */
  Mono<Void> offer(Object key, Mono<Void> work) {
    return lane(key).offer(work);
  }

  /**
   * Puts work into a lane and waits for its end.
   *
   * @return completes, or fails, as the work does
   */
  Mono<Void> run(Object key, Mono<Void> work) {
    return Mono.defer(() -> {
      Sinks.Empty<Void> end = Sinks.empty();
      // One emitter and one subscriber: neither can be refused.
      Mono<Void> reported =
          work.doOnSuccess(_ -> end.tryEmitEmpty()).doOnError(end::tryEmitError).onErrorComplete();
      return offer(key, reported).then(end.asMono());
    });
  }

  private synchronized Lane lane(Object key) {
    for (Lane lane = first; lane != null; lane = lane.next()) {
      if (lane.key().equals(key)) {
        return lane;
      }
    }
    Lane opened = new Lane(key, first);
    first = opened;
    return opened;
  }

  /** Counts a frame that made no sense; true when there were too many within a minute. */
  boolean tooManyErrors(int limit) {
    long now = System.nanoTime();
    if (errors == 0 || now - errorsSince > ERROR_WINDOW) {
      errorsSince = now;
      errors = 0;
    }
    errors++;
    return errors >= limit;
  }
}
