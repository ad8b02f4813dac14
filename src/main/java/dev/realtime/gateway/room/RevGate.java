package dev.realtime.gateway.room;

import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets the lasting changes of a room pass each once and in the order of their {@code rev}: what is
 * older is dropped, what is too early is kept until the hole before it is filled. Not thread-safe.
 */
final class RevGate {

  /** Frames kept behind a hole; those above are dropped, and read from the log in their turn. */
  static final int CAPACITY = 1_024;

  /** Null while nothing is early, most of the time: every room has a gate. */
  private @Nullable TreeMap<Long, Frame> early;

  private final Consumer<Frame> exit;
  private long position;
  private long highest;

  RevGate(long position, Consumer<Frame> exit) {
    this.position = position;
    this.highest = position;
    this.exit = exit;
  }

  /** The {@code rev} up to which everything has passed. */
  long position() {
    return position;
  }

  /** Whether something above the position is known to exist. */
  boolean hasHole() {
    return highest > position;
  }

  /** A change up to this {@code rev} is known to exist. */
  void expect(long rev) {
    highest = Math.max(highest, rev);
  }

  void offer(Frame frame) {
    expect(frame.rev());
    if (frame.rev() <= position) {
      return;
    }
    if (frame.rev() == position + 1) {
      pass(frame);
      passEarly();
    } else {
      keep(frame);
    }
  }

  private void keep(Frame frame) {
    TreeMap<Long, Frame> kept = early == null ? new TreeMap<>() : early;
    early = kept;
    if (kept.size() < CAPACITY || frame.rev() < kept.lastKey()) {
      kept.put(frame.rev(), frame);
      if (kept.size() > CAPACITY) {
        kept.pollLastEntry();
      }
    }
  }

  /** Gives up what lies between the position and this {@code rev}: nobody has it any more. */
  void skipTo(long rev) {
    if (rev > position) {
      position = rev;
      if (early != null) {
        early.headMap(rev, true).clear();
      }
      passEarly();
    }
  }

  /** The highest change that is known to exist. */
  long highest() {
    return highest;
  }

  /** Gives up the hole at the position, up to this {@code rev}: nobody has it any more. */
  void giveUp(long rev) {
    skipTo(early == null || early.isEmpty() ? rev : Math.min(rev, early.firstKey() - 1));
  }

  private void pass(Frame frame) {
    position = frame.rev();
    exit.accept(frame);
  }

  private void passEarly() {
    while (early != null && !early.isEmpty() && early.firstKey() == position + 1) {
      pass(early.pollFirstEntry().getValue());
    }
    if (early != null && early.isEmpty()) {
      early = null;
    }
  }
}
