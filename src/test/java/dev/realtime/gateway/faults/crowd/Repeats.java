package dev.realtime.gateway.faults.crowd;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The commands that an app sends again, and when. Not thread-safe. */
final class Repeats {

  private final Deque<Later> waiting = new ArrayDeque<>();

  private record Later(Command command, long due) {}

  void add(Command command, long afterMillis) {
    long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(afterMillis);
    waiting.add(new Later(command, due));
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Takes up to so many that are due. */
  List<Command> due(int most) {
    long now = System.nanoTime();
    List<Command> due = new ArrayList<>();
    for (int i = waiting.size(); i > 0 && due.size() < most; i--) {
      Later later = waiting.removeFirst();
      if (later.due <= now) {
        due.add(later.command);
      } else {
        waiting.addLast(later);
      }
    }
    return due;
  }

  @Override
  public String toString() {
    return waiting.toString();
  }
}
