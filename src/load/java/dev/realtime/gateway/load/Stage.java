package dev.realtime.gateway.load;

/**
 * What all connections of a run share.
 *
 * @param padding makes a message as long as asked
 * @param leavesWhenReady whether a connection that has joined has done its part
 */
record Stage(RunClock clock, Talk talk, String padding, boolean leavesWhenReady) {

  /** Whether a connect due then is timed: all are, unless connects are what is measured. */
  boolean timesConnect(long due) {
    return !leavesWhenReady || clock.measures(due);
  }
}
