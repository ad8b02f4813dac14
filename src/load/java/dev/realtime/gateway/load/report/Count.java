package dev.realtime.gateway.load.report;

/** What is counted. */
public enum Count {
  /** Connections that reached their room. */
  READY,
  /** Connects that did not. */
  FAILED,
  /** Messages sent. */
  SENT,
  /** Messages answered with an error; they are to be delivered to nobody. */
  REFUSED,
  /** Messages answered with an ack. */
  ACKNOWLEDGED,
  /** Deliveries that must come of what was sent. */
  EXPECTED,
  /** Deliveries that came, each once. */
  DELIVERED,
  /** Deliveries that came again. */
  DUPLICATE,
  /** Deliveries, and acks, that came after a later one. */
  OUT_OF_ORDER,
  /** Deliveries of a room one is not in. */
  STRAY,
  /** Times a window went on without its answer. */
  STALLED,
  /** Pings answered. */
  PINGED
}
