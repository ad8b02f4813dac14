package dev.realtime.gateway.client;

import dev.realtime.gateway.protocol.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a chat has been seen, and whether it came in the promised order: live changes with every
 * {@code rev} once and ascending, messages with every {@code seq} once, a whole replay before
 * anything newer.
 *
 * <p>Replayed frames do not move the position. {@code chat:replayed} ends a replay and tells the
 * new one: to resume from the old one before that costs repetitions, from too far on it would lose
 * changes.
 */
final class ChatPosition {

  private static final long UNKNOWN = -1;

  private final List<String> violations = new ArrayList<>();
  private long seq = UNKNOWN;
  private long rev = UNKNOWN;

  /** Whether a replay has begun, or must come, that has not ended. */
  private boolean replaying;

  /** The last message of the replay so far. */
  private long replayedSeq = UNKNOWN;

  /** What comes as a replay, or not at all. */
  private long goalSeq = UNKNOWN;

  private long goalRev = UNKNOWN;
  private long liveRev = UNKNOWN;

  ChatPosition(@Nullable Position start) {
    if (start != null) {
      seq = start.seq();
      Long known = start.rev();
      rev = known == null ? UNKNOWN : known;
    }
  }

  /**
   * Live delivery starts after these; what is between here and there may be replayed.
   *
   * @param certain whether a replay must come, if only its end
   */
  void aim(long lastSeq, long lastRev, boolean certain) {
    if (seq == UNKNOWN) {
      set(lastSeq, lastRev);
      return;
    }
    replaying = certain;
    replayedSeq = seq;
    goalSeq = lastSeq;
    goalRev = lastRev;
    liveRev = lastRev;
  }

  /** Live delivery starts after these; what was missed is not replayed. */
  void set(long lastSeq, long lastRev) {
    replaying = false;
    seq = lastSeq;
    rev = lastRev;
    replayedSeq = lastSeq;
    goalSeq = lastSeq;
    goalRev = lastRev;
    liveRev = lastRev;
  }

  /** A live push takes the place of all changes up to these. */
  void skipped(long lastSeq, long lastRev) {
    if (replaying || lastRev <= liveRev) {
      violation("skipped to rev " + lastRev + " after " + liveRev);
    }
    set(lastSeq, lastRev);
  }

  /** A replayed message. */
  void replayed(long number, boolean known) {
    replaying |= replayedSeq < goalSeq;
    if (number == replayedSeq + 1) {
      replayedSeq = number;
    } else if (number > replayedSeq) {
      violation("replay leaves a gap: " + number + " after " + replayedSeq);
      replayedSeq = number;
    } else if (known && replayedSeq < goalSeq) {
      violation("replayed twice: message " + number);
    }
  }

  /** The last frame of a replay. */
  void replayEnded(long lastSeq, long lastRev) {
    if (lastSeq != goalSeq || lastRev != goalRev) {
      violation("replay ends at " + lastSeq + ", rev " + lastRev + ", which the ack did not tell");
    } else if (replayedSeq < goalSeq) {
      violation("replay ends before message " + (replayedSeq + 1));
    } else if (liveRev > goalRev) {
      violation("replay ends after rev " + liveRev);
    } else {
      set(lastSeq, lastRev);
    }
  }

  /** Any live change. */
  void change(String what, long number) {
    if (replayedSeq < goalSeq) {
      violation(what + ", rev " + number + ", came before the replay of " + (replayedSeq + 1));
    } else if (replaying) {
      violation(what + ", rev " + number + ", came before the end of the replay");
    }
    if (liveRev != UNKNOWN && number <= liveRev) {
      violation(what + ", rev " + number + ", came after rev " + liveRev);
    } else if (liveRev != UNKNOWN && number > liveRev + 1) {
      violation(what + ", rev " + number + ", leaves a gap after rev " + liveRev);
    }
    liveRev = Math.max(liveRev, number);
    rev = liveRev;
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
    return seq == UNKNOWN ? null : new Position(seq, rev == UNKNOWN ? null : rev);
  }
}
