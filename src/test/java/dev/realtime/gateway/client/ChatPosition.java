package dev.realtime.gateway.client;

import dev.realtime.gateway.protocol.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a chat has been seen, and whether it came in the promised order: live changes with every
 * {@code rev} once and ascending, messages with every {@code seq} once, a replay before anything
 * newer.
 *
 * <p>Until a live change proves a replay complete, {@link #value} keeps the older {@code rev}: to
 * resume from there costs a few repetitions, from too far on it would lose changes.
 */
final class ChatPosition {

  private static final long UNKNOWN = -1;

  private final List<String> violations = new ArrayList<>();
  private long seq = UNKNOWN;
  private long safeRev = UNKNOWN;

  /** The highest message and change that come as a replay, or not at all. */
  private long goalSeq = UNKNOWN;

  private long liveRev = UNKNOWN;

  ChatPosition(@Nullable Position start) {
    if (start != null) {
      seq = start.seq();
      Long rev = start.rev();
      safeRev = rev == null ? UNKNOWN : rev;
    }
  }

  /** Live delivery starts after these; what is between here and there is replayed. */
  void aim(long lastSeq, long lastRev) {
    if (seq == UNKNOWN) {
      set(lastSeq, lastRev);
      return;
    }
    goalSeq = lastSeq;
    liveRev = lastRev;
    if (safeRev == UNKNOWN && seq == lastSeq) {
      safeRev = lastRev;
    }
  }

  /** Live delivery starts after these; what was missed is not replayed. */
  void set(long lastSeq, long lastRev) {
    seq = lastSeq;
    goalSeq = lastSeq;
    liveRev = lastRev;
    safeRev = lastRev;
  }

  /** A replayed message. */
  void replayed(long number, boolean known) {
    if (number == seq + 1) {
      seq = number;
    } else if (number > seq) {
      violation("replay leaves a gap: " + number + " after " + seq);
      seq = number;
    } else if (known && seq < goalSeq) {
      violation("replayed twice: message " + number);
    }
  }

  /** Any live change. */
  void change(String what, long rev) {
    if (seq < goalSeq) {
      violation(what + ", rev " + rev + ", came before the replay of " + (seq + 1));
    }
    if (liveRev != UNKNOWN && rev <= liveRev) {
      violation(what + ", rev " + rev + ", came after rev " + liveRev);
    } else if (liveRev != UNKNOWN && rev > liveRev + 1) {
      violation(what + ", rev " + rev + ", leaves a gap after rev " + liveRev);
    }
    liveRev = Math.max(liveRev, rev);
    safeRev = liveRev;
  }

  /** A change of one's own membership: the next in order, or told without the room. */
  void own(long rev) {
    if (liveRev != UNKNOWN && rev == liveRev + 1) {
      liveRev = rev;
    }
  }

  /** A live message. */
  void message(long number) {
    if (number <= seq) {
      violation("duplicate: message " + number + " after " + seq);
    } else if (seq != UNKNOWN && number > seq + 1) {
      violation("gap: message " + number + " after " + seq);
    }
    seq = Math.max(seq, number);
  }

  void violation(String what) {
    violations.add(what);
  }

  List<String> violations() {
    return List.copyOf(violations);
  }

  @Nullable Position value() {
    return seq == UNKNOWN ? null : new Position(seq, safeRev == UNKNOWN ? null : safeRev);
  }
}
