package dev.realtime.gateway.store;

import dev.realtime.gateway.store.Database.Purpose;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Divides the connections of the pool among the purposes they are used for. Each purpose may use
 * what is free, but for what others have a right to and do not use; it waits in a line of its own.
 * Thread-safe.
 */
final class Shares {

  /** How many callers may wait, of all purposes together. */
  private static final int WAITING = 10_000;

  /** What one purpose uses, and who waits for it. */
  private static final class Line {

    private final Purpose purpose;
    private final Deque<Sinks.One<Purpose>> waiting = new ArrayDeque<>();
    private int used;

    Line(Purpose purpose) {
      this.purpose = purpose;
    }
  }

  private final int size;
  private final List<Line> lines; // guarded by this
  private final Map<Purpose, Line> byPurpose = new EnumMap<>(Purpose.class);
  private int first; // guarded by this

  /**
   * @param size the connections of the pool; with less than six nobody has a right to any
   */
  Shares(int size) {
    this.size = size;
    this.lines = Stream.of(Purpose.values()).map(Line::new).toList();
    lines.forEach(line -> byPurpose.put(line.purpose, line));
  }

  /**
   * Takes the right to one connection, which the caller gives back. Fails with a {@code
   * TimeoutException} if its turn has not come within the patience of the purpose, or too many
   * wait.
   */
  Mono<Purpose> take(Purpose purpose) {
    return Mono.defer(() -> {
      Sinks.One<Purpose> turn = Sinks.one();
      synchronized (this) {
        Line line = line(purpose);
        if (line.waiting.isEmpty() && mayUse(line)) {
          line.used++;
          return Mono.just(purpose);
        }
        if (waiting() >= WAITING) {
          return Mono.error(new TimeoutException("Too many calls wait for a connection"));
        }
        line.waiting.add(turn);
      }
      return Uncancelled.within(
          purpose.patience(), turn.asMono(), () -> leaveLine(purpose, turn), this::giveBack);
    });
  }

  private synchronized void leaveLine(Purpose purpose, Sinks.One<Purpose> turn) {
    line(purpose).waiting.remove(turn);
  }

  /** Gives a right back, which others may wait for. */
  void giveBack(Purpose purpose) {
    List<Runnable> next = new ArrayList<>();
    synchronized (this) {
      line(purpose).used--;
      // In turns, so that a long line does not keep short ones waiting.
      first = (first + 1) % lines.size();
      for (int i = 0; i < lines.size(); i++) {
        admit(lines.get((first + i) % lines.size()), next);
      }
    }
    next.forEach(Runnable::run);
  }

  private void admit(Line line, List<Runnable> next) {
    while (!line.waiting.isEmpty() && mayUse(line)) {
      Sinks.One<Purpose> turn = line.waiting.remove();
      line.used++;
      next.add(() -> turn.tryEmitValue(line.purpose));
    }
  }

  /** Lets all who wait fail at once. */
  void refuseAll(Supplier<Throwable> why) {
    List<Sinks.One<Purpose>> all = new ArrayList<>();
    synchronized (this) {
      for (Line line : lines) {
        all.addAll(line.waiting);
        line.waiting.clear();
      }
    }
    all.forEach(turn -> turn.tryEmitError(why.get()));
  }

  /** Returns how many callers wait. */
  synchronized int waiting() {
    return lines.stream().mapToInt(line -> line.waiting.size()).sum();
  }

  private Line line(Purpose purpose) {
    return Objects.requireNonNull(byPurpose.get(purpose));
  }

  private boolean mayUse(Line line) {
    int free = size;
    int owed = 0;
    for (Line each : lines) {
      free -= each.used;
      if (each != line) {
        owed += Math.max(0, each.purpose.right(size) - each.used);
      }
    }
    return free > owed && line.used < line.purpose.most(size);
  }
}
