package dev.realtime.gateway.load;

/**
 * What one receiver saw of each lane of its room. It remembers the last 64 numbers, which tells a
 * message that comes twice from one that comes late.
 */
final class Sequence {

  /** How a number fits what came before. */
  enum Arrival {
    /** Higher than all before: as it should be. */
    NEW,
    /** Not seen before, but a higher one was. */
    LATE,
    /** Seen before. */
    DUPLICATE
  }

  private static final int REMEMBERED = Long.SIZE;

  private final int[] highest;
  private final long[] seen;

  Sequence(int lanes) {
    highest = new int[lanes];
    seen = new long[lanes];
  }

  boolean hasLane(int lane) {
    return lane >= 0 && lane < highest.length;
  }

  /** Notes a number, from 1. */
  Arrival note(int lane, int number) {
    int ahead = number - highest[lane];
    if (ahead > 0) {
      seen[lane] = ahead >= REMEMBERED ? 1 : seen[lane] << ahead | 1;
      highest[lane] = number;
      return Arrival.NEW;
    }
    int behind = -ahead;
    long bit = behind < REMEMBERED ? 1L << behind : 0;
    if ((seen[lane] & bit) != 0) {
      return Arrival.DUPLICATE;
    }
    seen[lane] |= bit;
    return Arrival.LATE;
  }
}
