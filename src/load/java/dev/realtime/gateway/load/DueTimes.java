package dev.realtime.gateway.load;

/**
 * When each thing of an open loop is due, in nanoseconds since the run began. All publishers
 * together keep the rate, one after the other; no due time depends on when an earlier thing really
 * happened, so a stall of the server is seen by all that was due in it.
 *
 * @param begin when the first is due
 * @param rate per second of all publishers together
 * @param publishers how many take turns
 */
record DueTimes(long begin, double rate, int publishers) {

  private static final double SECOND = 1e9;

  /**
   * When a publisher's {@code turn}-th message is due.
   *
   * @param publisher from 0
   * @param turn from 0
   */
  long due(int publisher, long turn) {
    return begin + Math.round((turn * publishers + publisher) * SECOND / rate);
  }
}
