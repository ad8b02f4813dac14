package dev.realtime.gateway.room;

import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets the lasting changes of a room pass each once and in the order of their {@code rev}: what is
 * older is dropped, what is too early is kept until the hole before it is filled. Not thread-safe,
 * but for {@link #position}.
 *
 * <p>What the bus tells is hearsay until the log confirms it. A change is published after its
 * commit, so a log that is asked after a frame came has that frame's change, or nobody has.
 */
final class RevGate {

  /** Frames kept behind a hole; those above are dropped, and read from the log in their turn. */
  static final int CAPACITY = 1_024;

  /**
   * A frame behind a hole.
   *
   * @param look how often the log had been asked when it came
   */
  private record Early(Frame frame, int look) {}

  /** Null while nothing is early, most of the time: every room has a gate. */
  private @Nullable TreeMap<Long, Early> early;

  private final Consumer<Frame> exit;
  // Written by one thread at a time, read by any.
  private volatile long position;
  private long highest;
  private long highestSinceLook;
  private int looks;

  RevGate(long position, Consumer<Frame> exit) {
    this.position = position;
    this.highest = position;
    this.exit = exit;
  }

  /** The {@code rev} up to which everything has passed. Any thread may ask. */
  long position() {
    return position;
  }

  /** Whether something above the position is said to exist. */
  boolean hasHole() {
    return highest > position;
  }

  /** A change up to this {@code rev} is said to exist. */
  void expect(long rev) {
    highest = Math.max(highest, rev);
    highestSinceLook = Math.max(highestSinceLook, rev);
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
    TreeMap<Long, Early> kept = early == null ? new TreeMap<>() : early;
    early = kept;
    if (kept.size() < CAPACITY || frame.rev() < kept.lastKey()) {
      kept.put(frame.rev(), new Early(frame, looks));
      if (kept.size() > CAPACITY) {
        kept.pollLastEntry();
      }
    }
  }

  /** Gives up what lies between the position and this {@code rev}: nobody has it any more. */
  void skipTo(long rev) {
    if (rev > position) {
      highest = Math.max(highest, rev);
      position = rev;
      if (early != null) {
        early.headMap(rev, true).clear();
      }
      passEarly();
    }
  }

  /** The highest change that is said to exist. */
  long highest() {
    return highest;
  }

  /** The log is about to be asked for its position; one question at a time. */
  void look() {
    looks++;
    highestSinceLook = position;
  }

  /**
   * The log was at this position when it was asked, after {@link #look}: forgets what it did not
   * have though it had been said to exist before the question.
   *
   * @return whether there was such a thing
   */
  boolean confirm(long logPosition) {
    long confirmed = Math.max(Math.max(position, logPosition), highestSinceLook);
    if (early != null) {
      early.tailMap(logPosition, false).values().removeIf(kept -> kept.look() < looks);
    }
    boolean unfounded = highest > confirmed;
    highest = confirmed;
    return unfounded;
  }

  /**
   * Gives up the hole at the position, up to this position of the log at most: the log has nothing
   * to fill it with.
   */
  void giveUp(long logPosition) {
    skipTo(
        early == null || early.isEmpty()
            ? logPosition
            : Math.min(logPosition, early.firstKey() - 1));
  }

  private void pass(Frame frame) {
    position = frame.rev();
    exit.accept(frame);
  }

  private void passEarly() {
    while (early != null && !early.isEmpty() && early.firstKey() == position + 1) {
      pass(early.pollFirstEntry().getValue().frame());
    }
    if (early != null && early.isEmpty()) {
      early = null;
    }
  }
}
