package dev.realtime.gateway.room;

import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Passes the lasting changes of a room once each and in the order of their {@code rev}: it drops
 * older frames, and keeps early ones until the hole before them is filled. Not thread-safe, except
 * {@link #position}.
 *
 * <p>A rev that the bus reports is unconfirmed until the log has it. A change is published after
 * its commit, so if a log read after a frame's arrival lacks the frame's change, the change exists
 * nowhere.
 */
final class RevGate {

  /** Frames kept behind a hole; the gate drops those above, and the log provides them later. */
  static final int CAPACITY = 1_024;

  /** Below every rev that a change can follow. */
  private static final long CLOSED = -1;

  /**
   * A frame behind a hole.
   *
   * @param look how often the log had been read when the frame arrived
   */
  private record Early(Frame frame, int look) {}

  /** Null while no frame is early, which is most of the time, since every room has a gate. */
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

  /** Creates a gate that passes nothing until {@link #open}. */
  RevGate(Consumer<Frame> exit) {
    this(CLOSED, exit);
  }

  /** Returns the lowest rev at which a closed gate drops no frame, this one at most. */
  long below(long rev) {
    return early == null || early.isEmpty() ? rev : Math.min(rev, early.firstKey() - 1);
  }

  /**
   * Opens a closed gate.
   *
   * @param from the rev up to which the gate drops frames
   * @param logPosition the rev of the log
   */
  void open(long from, long logPosition) {
    expect(logPosition);
    skipTo(from);
  }

  /** Returns the {@code rev} up to which everything has passed. For any thread. */
  long position() {
    return position;
  }

  /** Returns whether a change above the passed rev was reported. */
  boolean hasHole() {
    return highest > position;
  }

  /** Records the report of a change up to this {@code rev}. */
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

  /** Skips the changes up to this {@code rev}, which no longer exist anywhere. */
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

  /**
   * Passes a page of the log. The log itself has no hole, but it no longer holds changes older than
   * its retention.
   *
   * @param skips whether a frame takes the place of all changes before it
   * @param anew runs where the log begins anew
   */
  void fill(List<Frame> page, Predicate<Frame> skips, Runnable anew) {
    if (!page.isEmpty() && skips.test(page.getLast())) {
      jump(page);
      return;
    }
    for (Frame frame : page) {
      if (frame.beginsAnew() && frame.rev() > position) {
        anew.run();
        skipTo(frame.rev());
      } else {
        skipTo(frame.rev() - 1);
        offer(frame);
      }
    }
  }

  /** Evicts whom the skipped changes evicted, then passes the frame that takes their place. */
  private void jump(List<Frame> page) {
    Frame last = page.getLast();
    if (last.rev() > position) {
      expect(last.rev());
      if (early != null) {
        early.headMap(last.rev(), true).clear();
      }
      page.subList(0, page.size() - 1).forEach(exit);
      pass(last);
      passEarly();
    }
  }

  /** Returns the highest rev that was reported. */
  long highest() {
    return highest;
  }

  /** Records that the log is about to be read for its rev; one read at a time. */
  void look() {
    looks++;
    highestSinceLook = position;
  }

  /**
   * Applies the rev of a log read after {@link #look}: forgets changes that were reported before
   * the read and that the log does not have.
   *
   * @return whether there were such changes
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
   * Skips the hole after the passed rev, up to this rev of the log at most, because the log has no
   * change to fill it with.
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
