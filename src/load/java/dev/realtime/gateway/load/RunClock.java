package dev.realtime.gateway.load;

/** The time of a run, and which part of it is measured. */
final class RunClock {

  private final long origin = System.nanoTime();
  private volatile long measuredFrom = Long.MAX_VALUE;
  private volatile long measuredTo = Long.MAX_VALUE;

  /** Nanoseconds since the run began. */
  long now() {
    return System.nanoTime() - origin;
  }

  /** Decides what is measured: what was due from one time up to another. */
  void measure(long from, long to) {
    measuredTo = to;
    measuredFrom = from;
  }

  boolean measures(long due) {
    return due >= measuredFrom && due < measuredTo;
  }

  long measuredFrom() {
    return measuredFrom;
  }

  long measuredTo() {
    return measuredTo;
  }
}
