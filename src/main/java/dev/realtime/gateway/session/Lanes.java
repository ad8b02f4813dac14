package dev.realtime.gateway.session;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The input of one connection: the lanes of its commands, and the count of undecodable frames. A
 * lane has a key and runs its work in order; most connections use one or two lanes.
 */
final class Lanes {

  /** The key of the lane of replays; other keys are the names of families and kinds of rooms. */
  static final Object REPLAYS = new Object();

  private static final long ERROR_WINDOW = TimeUnit.MINUTES.toNanos(1);

  private @Nullable Lane first; // guarded by this

  // Read and written by the event loop.
  private long errorsSince;
  private int errors;

  /** Adds work that must not fail to a lane; completes as {@link Lane#offer} does. */
  Mono<Void> offer(Object key, Mono<Void> work) {
    return lane(key).offer(work);
  }

  /**
   * Adds work to a lane and waits for its end.
   *
   * @return completes, or fails, as the work does
   */
  Mono<Void> run(Object key, Mono<Void> work) {
    return Mono.defer(() -> {
      Sinks.Empty<Void> end = Sinks.empty();
      // The sink has one emitter and one subscriber, so it refuses neither.
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

  /** Returns whether a lane takes no more commands. */
  synchronized boolean areFull() {
    for (Lane lane = first; lane != null; lane = lane.next()) {
      if (lane.isFull()) {
        return true;
      }
    }
    return false;
  }

  /** Counts an undecodable frame; returns true when there were too many within a minute. */
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
   * Runs the commands of one connection and family one after the other, in the order of arrival.
   *
   * <p>A command that has begun always finishes, even if its connection is gone: the gateway stores
   * what it was about to acknowledge either way.
   */
  static final class Lane {

    /** Commands that may wait; above that, reading from the socket stops. */
    static final int CAPACITY = 64;

    private final Object key;
    private final @Nullable Lane next;

    // All guarded by this.
    private @Nullable Queue<Mono<Void>> waiting;
    private boolean busy;
    private Sinks.@Nullable Empty<Void> space;

    /**
     * @param key the key of the lane in its connection
     * @param next another lane of the connection; null for none
     */
    Lane(Object key, @Nullable Lane next) {
      this.key = key;
      this.next = next;
    }

    Object key() {
      return key;
    }

    /** Returns another lane of the connection; null for none. */
    @Nullable Lane next() {
      return next;
    }

    /**
     * Adds a command, which must not fail.
     *
     * @return completes when another command may be offered: at once, unless the lane is full
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

    synchronized boolean isFull() {
      return space != null;
    }

    private Mono<Void> awaitSpace() {
      if (space == null) {
        space = Sinks.empty();
      }
      return space.asMono();
    }

    /** Runs commands until one does not finish at once; its completion then continues the lane. */
    private void run() {
      boolean finished = true;
      while (finished) {
        Mono<Void> command = poll();
        if (command == null) {
          return;
        }
        // Both this thread and the completion set this flag; whichever is second continues the
        // lane. A command that completes at once thus does not recurse.
        AtomicBoolean passed = new AtomicBoolean();
        Runnable onEnd =
            () -> {
              if (!passed.compareAndSet(false, true)) {
                run();
              }
            };
        // The lane owns the command: it runs one at a time and never cancels it.
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
          // Most connections are idle most of the time, so free the queue.
          waiting = null;
        }
      }
      if (freed != null) {
        // The sink has one emitter and one subscriber, so it refuses nothing.
        freed.tryEmitEmpty();
      }
      return command;
    }
  }
}
