package dev.realtime.gateway.session;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What comes in through one connection: the lanes of its commands, and the count of frames that fit
 * into none. A lane is known by a key and carries out its work in order; most connections use one
 * or two.
 */
final class Lanes {

  /** The key of the lane of replays; other keys are the names of families and kinds of rooms. */
  static final Object REPLAYS = new Object();

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

  /**
   * Carries out the commands of one connection and family one after the other, in the order they
   * came.
   *
   * <p>A command that has begun is always finished, also when its connection is gone: what was
   * going to be acknowledged is stored either way.
   */
  static final class Lane {

    /** Commands that may wait; then reading from the socket stops. */
    static final int CAPACITY = 64;

    private final Object key;
    private final @Nullable Lane next;

    // All guarded by this.
    private @Nullable Queue<Mono<Void>> waiting;
    private boolean busy;
    private Sinks.@Nullable Empty<Void> space;

    /**
     * @param key by which its connection knows the lane
     * @param next another lane of the connection; null for none
     */
    Lane(Object key, @Nullable Lane next) {
      this.key = key;
      this.next = next;
    }

    Object key() {
      return key;
    }

    /** Another lane of the connection; null for none. */
    @Nullable Lane next() {
      return next;
    }

    /**
     * Takes a command, which must not fail.
     *
     * @return completes when another one may be offered: at once, unless the lane is full
     */
    Mono<Void> offer(Mono<Void> command) {
      Mono<Void> accepted;
      boolean idle;
      synchronized (this) {
        if (waiting == null) {
          waiting = new ArrayDeque<>(2);
        }
        waiting.add(command);
        idle = !busy;
        busy = true;
        accepted = waiting.size() < CAPACITY ? Mono.empty() : awaitSpace();
      }
      if (idle) {
        run();
      }
      return accepted;
    }

    private Mono<Void> awaitSpace() {
      if (space == null) {
        space = Sinks.empty();
      }
      return space.asMono();
    }

    /** Runs until a command does not finish at once; its completion then goes on. */
    private void run() {
      boolean finished = true;
      while (finished) {
        Mono<Void> command = poll();
        if (command == null) {
          return;
        }
        // Two come by, the completion and this thread: the later one goes on with the lane.
        AtomicBoolean passed = new AtomicBoolean();
        Runnable onEnd =
            () -> {
              if (!passed.compareAndSet(false, true)) {
                run();
              }
            };
        // Owned by the lane: one at a time, never cancelled.
        command.subscribe(null, _ -> onEnd.run(), onEnd);
        finished = !passed.compareAndSet(false, true);
      }
    }

    private @Nullable Mono<Void> poll() {
      Mono<Void> command;
      Sinks.Empty<Void> freed = null;
      synchronized (this) {
        command = waiting == null ? null : waiting.poll();
        busy = command != null;
        if (waiting == null || waiting.size() < CAPACITY / 2) {
          freed = space;
          space = null;
        }
        if (!busy) {
          // Most connections are idle most of the time.
          waiting = null;
        }
      }
      if (freed != null) {
        // One emitter and one subscriber: it cannot be refused.
        freed.tryEmitEmpty();
      }
      return command;
    }
  }
}
