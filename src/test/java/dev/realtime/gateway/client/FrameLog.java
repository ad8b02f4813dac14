package dev.realtime.gateway.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All frames of a connection in the order they came, and who has taken which. Thread-safe.
 *
 * <p>A frame is taken once: a wait returns the oldest frame that fits and that no wait has returned
 * before. So two waits may stand in either order where the gateway promises no order.
 */
final class FrameLog {

  private static final int SHOWN = 20;
  private static final int SHOWN_CHARACTERS = 300;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Received> frames = new ArrayList<>();
  private final BitSet taken = new BitSet();
  private final List<Consumer<Received>> listeners = new ArrayList<>();
  private @Nullable Closed closed;

  /**
   * Adds a frame.
   *
   * @param alreadyTaken whether it has found its receiver, as the reply to a request has
   */
  void add(Received frame, boolean alreadyTaken) {
    lock.lock();
    try {
      taken.set(frames.size(), alreadyTaken);
      frames.add(frame);
      listeners.forEach(listener -> listener.accept(frame));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more will come; the first end counts. */
  void end(Closed how) {
    lock.lock();
    try {
      if (closed == null) {
        closed = how;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Tells a listener everything so far, then every frame as it comes. It must not block. */
  void listen(Consumer<Received> listener) {
    lock.lock();
    try {
      frames.forEach(listener);
      listeners.add(listener);
    } finally {
      lock.unlock();
    }
  }

  /** Takes everything so far. */
  void skip() {
    lock.lock();
    try {
      taken.set(0, frames.size());
    } finally {
      lock.unlock();
    }
  }

  List<Received> snapshot() {
    lock.lock();
    try {
      return List.copyOf(frames);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes the oldest untaken frame that fits, waiting for it if need be.
   *
   * @throws ClientException at the deadline, or when the connection has ended without such a frame
   */
  Received take(String what, Predicate<Received> wanted, Duration deadline) {
    Received found = poll(wanted, deadline);
    if (found != null) {
      return found;
    }
    throw new ClientException(complaint(what, deadline));
  }

  /** The same, but null where {@link #take} throws. */
  @Nullable Received poll(Predicate<Received> wanted, Duration deadline) {
    int[] next = {0};
    return waitFor(() -> search(wanted, next), deadline);
  }

  private @Nullable Received search(Predicate<Received> wanted, int[] next) {
    while (true) {
      int index = taken.nextClearBit(next[0]);
      if (index >= frames.size()) {
        return null;
      }
      next[0] = index + 1;
      if (wanted.test(frames.get(index))) {
        taken.set(index);
        return frames.get(index);
      }
    }
  }

  /** Waits for the end of the connection. */
  Closed awaitEnd(Duration deadline) {
    Closed how = waitFor(() -> closed, deadline);
    if (how == null) {
      throw new ClientException(complaint("the close", deadline));
    }
    return how;
  }

  /** Tries at every change, until it succeeds, the connection has ended or the time is over. */
  private <T> @Nullable T waitFor(Supplier<@Nullable T> attempt, Duration deadline) {
    lock.lock();
    try {
      long left = deadline.toNanos();
      T found = attempt.get();
      while (found == null && left > 0 && closed == null) {
        left = changed.awaitNanos(left);
        found = attempt.get();
      }
      return found;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** What to say about a wait that was in vain: what it was for, and what had come instead. */
  String complaint(String what, Duration deadline) {
    lock.lock();
    try {
      String end = closed == null ? "within " + deadline : "before " + closed;
      return "Waited for " + what + ", which did not come " + end + ". " + lastFrames();
    } finally {
      lock.unlock();
    }
  }

  private String lastFrames() {
    if (frames.isEmpty()) {
      return "Nothing had arrived.";
    }
    int from = Math.max(0, frames.size() - SHOWN);
    return frames.subList(from, frames.size()).stream()
        .map(frame -> shortened(frame.raw()))
        .collect(Collectors.joining("\n  ", "The last of " + frames.size() + " frames:\n  ", ""));
  }

  private static String shortened(String raw) {
    return raw.length() <= SHOWN_CHARACTERS ? raw : raw.substring(0, SHOWN_CHARACTERS) + "…";
  }
}
