package dev.realtime.gateway.session;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Carries out the commands of one connection and family one after the other, in the order they
 * came.
 *
 * <p>A command that has begun is always finished, also when its connection is gone: what was going
 * to be acknowledged is stored either way.
 */
final class Lane {

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
